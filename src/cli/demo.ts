/**
 * `splitbrain demo`: tells the numbered stories of `examples/`. Each is a scenario with a configuration that breaks and one
 * that does not; the demo looks for a seed that breaks, counts how many do, draws the run and names the proof. A story that
 * does not show what it claims makes the demo fail.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatVerdict } from '../checkers/index.ts';
import { InputError, UsageError } from '../kernel/errors.ts';
import { describePlan } from '../kernel/faults/plan.ts';
import { renderTimeline, wrap } from '../report/index.ts';
import { runScenario, sweepScenario, type Configuration, type RunResult, type Scenario, type SweepResult } from '../scenarios/index.ts';
import { readArguments } from './arguments.ts';
import { EXIT, type Command, type Terminal } from './command.ts';
import { loadScenario } from './load-scenario.ts';
import { replayCommand } from './run.ts';
import { paint } from './terminal.ts';

/** Seeds over which a claimed rate is held against the counted one. */
const ENOUGH_SEEDS = 200;

/** The `demo` command. */
export const demoCommand: Command = {
  name: 'demo',
  usage: '[STORY] [--seeds N]',
  summary: 'tell the numbered stories: three databases lose, hide and resurrect data, each time with a proof',
  async run(args, terminal) {
    const given = readArguments('demo', args, { seeds: { type: 'string' } }, 1);
    const asked = given.whole('seeds', undefined);
    if (asked === 0) throw new UsageError('INVALID_ARGUMENT', 'demo: --seeds takes a whole number from 1');
    const [wanted] = given.positionals;
    const stories = storyFiles().filter((file) => wanted === undefined || file.includes(wanted));
    if (stories.length === 0) throw new InputError(`demo: no story '${wanted ?? ''}'; see the folder examples`);
    const broken: string[] = [];
    for (const [index, file] of stories.entries()) {
      const story = await loadScenario(file);
      terminal.out('');
      terminal.out(paint(terminal, 'bold', `━━ ${index + 1}/${stories.length}  ${story.title ?? story.name} ${'━'.repeat(terminal.columns)}`.slice(0, terminal.columns)));
      for (const line of (story.watch ?? []).flatMap((text) => wrap(`   ${text}`, terminal.columns, ''))) terminal.out(line);
      const failures = await tell(story, relative(process.cwd(), file), asked ?? story.seeds ?? 1000, terminal);
      for (const failure of failures) terminal.err(`${file}: ${failure}`);
      broken.push(...failures);
    }
    terminal.out('');
    terminal.out(broken.length === 0
      ? paint(terminal, 'green', `${stories.length === 1 ? 'The story' : `All ${stories.length} stories`} showed what is claimed.`)
      : paint(terminal, 'red', `${broken.length} ${broken.length === 1 ? 'claim' : 'claims'} did not hold.`));
    return broken.length === 0 ? EXIT.ok : EXIT.violation;
  },
};

/** The stories beside this package, in order. */
function storyFiles(): string[] {
  // Three folders up from `dist/cli`, two from `src/cli`: wherever the package's own `examples` is.
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const examples = join(folder, 'examples');
  if (!existsSync(examples)) return [];
  return readdirSync(examples).filter((name) => /^\d\d-.*\.ts$/.test(name)).sort().map((name) => join(examples, name));
}

/** Tells one story. @returns the claims that did not hold */
async function tell(story: Scenario, file: string, seeds: number, terminal: Terminal): Promise<string[]> {
  const failures: string[] = [];
  for (const [name, configuration] of Object.entries(story.configurations)) {
    const sweep = await sweepScenario(story, {
      count: seeds, configuration: name,
      onSeed: (seed) => { if (seed % 20 === 0) terminal.progress(`   ${name}: seed ${seed} of ${seeds}`); },
    });
    terminal.progress('');
    const result = await runScenario(story, { seed: sweep.firstFailure ?? 0, configuration: name, trace: 'messages' });
    show(name, configuration, sweep, result, file, terminal);
    const failure = disproved(name, configuration, sweep);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

function show(
  name: string, configuration: Configuration<unknown>, sweep: SweepResult, result: RunResult, file: string, terminal: Terminal,
): void {
  const { simulation, verdicts, plan } = result;
  const violated = sweep.violations > 0;
  const count = `${sweep.violations} of ${sweep.seeds} seeds violate`;
  terminal.out('');
  terminal.out(` ${paint(terminal, violated ? 'red' : 'green', violated ? '✗' : '✓')} ${paint(terminal, 'bold', configuration.title ?? name)}: ${count}`);
  if (configuration.expect === 'violation' || violated) {
    for (const line of describePlan(plan).flatMap((text) => wrap(`   ${text}`, terminal.columns))) terminal.out(line);
    const witness = verdicts.find(({ verdict }) => verdict === 'violation')?.witness ?? [];
    for (const line of renderTimeline({ history: simulation.history.entries, trace: simulation.trace.entries(), nodes: simulation.nodes, witness, columns: terminal.columns })) {
      terminal.out(line);
    }
  }
  for (const verdict of verdicts) {
    if (violated && verdict.verdict === 'ok') continue;
    const colour = ({ ok: 'green', violation: 'red', unknown: 'yellow' } as const)[verdict.verdict];
    for (const line of formatVerdict(verdict).split('\n').flatMap((text) => wrap(`   ${text}`, terminal.columns))) terminal.out(paint(terminal, colour, line));
  }
  terminal.out(paint(terminal, 'dim', `   again: ${replayCommand(file, result)}`));
}

/** Why a configuration did not show what it claims, or undefined. */
function disproved(name: string, { expect, perThousand }: Configuration<unknown>, sweep: SweepResult): string | undefined {
  if (sweep.unknown > 0) return `${name}: ${sweep.unknown} seeds were not decided`;
  if (expect === 'ok') return sweep.violations === 0 ? undefined : `${name}: expected no violation, seed ${sweep.firstFailure ?? ''} has one`;
  if (sweep.violations === 0) return `${name}: expected a violation, none in ${sweep.seeds} seeds`;
  // A rate says nothing over a handful of seeds.
  if (perThousand !== undefined && sweep.seeds >= ENOUGH_SEEDS && (sweep.perThousand < perThousand[0] || sweep.perThousand > perThousand[1])) {
    return `${name}: ${sweep.perThousand} of 1,000 seeds violate, claimed are ${perThousand[0]} to ${perThousand[1]}`;
  }
  return undefined;
}
