/**
 * `splitbrain explore FILE`: runs a scenario under every plan of up to k faults from a menu or late messages, and shows the first that violates.
 *
 * @module
 */
import { dirname, relative, resolve, sep } from 'node:path';
import { UsageError } from '../kernel/errors.ts';
import { caseOf, EXPLORED_KINDS, exploreScenario, formatCase, runScenario, type ExploreOptions } from '../scenarios/index.ts';
import { readArguments } from './arguments.ts';
import { EXIT, type Command } from './command.ts';
import { Interruption } from './interruption.ts';
import { loadScenario } from './load-scenario.ts';
import { invocation, printRun, replayCommand, writing } from './run.ts';
import { tuneEngine } from './tune-engine.ts';

const FLAGS = {
  seed: { type: 'string' }, configuration: { type: 'string' }, faults: { type: 'string' }, kinds: { type: 'string' }, instants: { type: 'string' },
  length: { type: 'string' }, reach: { type: 'string' }, messages: { type: 'string' }, operations: { type: 'string' }, limit: { type: 'string' }, out: { type: 'string' }, json: { type: 'boolean' },
} as const;

/** The `explore` command. */
export const exploreCommand: Command = {
  name: 'explore',
  usage: `FILE [--faults 1] [--kinds isolate,crash] [--instants 4] [--length SPAN] [--reach 1] [--messages TYPE,…] [--operations NAME,…] [--limit 10000] [--seed 0] [--configuration NAME] [--out case.json] [--json]`,
  summary: 'run a scenario under every plan of up to so many faults or late messages',
  async run(args, terminal) {
    const given = readArguments('explore', args, FLAGS, 1);
    const [file] = given.positionals;
    if (file === undefined) throw new UsageError('INVALID_ARGUMENT', "explore: which scenario file? (try 'splitbrain --help')");
    const kinds = given.text('kinds')?.split(',');
    const odd = kinds?.find((kind) => !(EXPLORED_KINDS as readonly string[]).includes(kind));
    if (odd !== undefined) throw new UsageError('INVALID_ARGUMENT', `explore: --kinds takes ${EXPLORED_KINDS.join(', ')}, got '${odd}'`);
    const messages = given.text('messages')?.split(',');
    const operations = given.text('operations')?.split(',');
    const scenario = await loadScenario(file);
    tuneEngine();
    const interruption = new Interruption();
    const options: ExploreOptions = {
      mayGoOn: interruption.mayGoOn,
      seed: given.whole('seed', 0), faults: given.whole('faults', 1), instants: given.whole('instants', 4), limit: given.whole('limit', 10_000),
      ...(kinds === undefined ? {} : { kinds: kinds as NonNullable<ExploreOptions['kinds']> }),
      ...(given.text('reach') === undefined ? {} : { reach: given.whole('reach', 1) }),
      ...(messages === undefined ? {} : { messages }),
      ...(operations === undefined ? {} : { operations }),
      ...(given.text('length') === undefined ? {} : { length: given.text('length') as string }),
      ...(given.text('configuration') === undefined ? {} : { configuration: given.text('configuration') as string }),
      onRun: (run, of) => { if (run % 10 === 0) terminal.progress(`plan ${run} of ${of}`); },
    };
    const explored = await exploreScenario(scenario, options).finally(() => { interruption.end(); });
    const { exitCode } = interruption;
    terminal.progress('');
    const { first, configuration, seed, plans, runs, violations, unknown, abandoned } = explored;
    const out = given.text('out');
    const saved = first === undefined ? undefined : await runScenario(scenario, { seed, configuration, plan: first.plan, trace: 'messages' });
    if (out !== undefined && saved !== undefined) writing(out, formatCase(caseOf(saved, relative(dirname(resolve(out)), resolve(file)).split(sep).join('/'), true)));
    if (given.on('json')) {
      terminal.out(JSON.stringify({ scenario: scenario.name, configuration, seed, plans, runs, violations, unknown, abandoned, ...(exitCode === undefined ? {} : { interrupted: true }), first: saved === undefined ? null : { plan: saved.plan, digest: saved.digest, verdicts: saved.verdicts } }));
    } else {
      if (saved !== undefined) {
        printRun(saved, out === undefined ? replayCommand(file, saved, Object.keys(scenario.configurations).length > 1, JSON.stringify(saved.plan)) : `${invocation()} replay ${out}`, terminal);
      }
      terminal.out(`${scenario.name} (${configuration}), seed ${seed}: ${violations} of ${runs} plans violate${runs < plans ? `; ${kinds?.includes('order') === true ? 'at least ' : ''}${plans - runs} more were not run (${exitCode === undefined ? '--limit' : 'interrupted'})` : ''}${unknown > 0 ? `; ${unknown} unknown` : ''}${abandoned > 0 ? `; in ${abandoned} the workload gave up` : ''}`);
    }
    return exitCode ?? (violations > 0 ? EXIT.violation : EXIT.ok);
  },
};
