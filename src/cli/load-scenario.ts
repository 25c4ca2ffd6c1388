/**
 * Loads a scenario file written in TypeScript or JavaScript. It is bundled by esbuild (with its relative imports) and
 * imported; `splitbrain` and its subpaths mean this very copy of the library, wherever the file lies and whether or not
 * anything was installed beside it.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type BuildFailure, type Plugin } from 'esbuild';
import { messageOf, InputError } from '../kernel/errors.ts';
import { isScenario, type Scenario } from '../scenarios/index.ts';

/** Where a specifier of this library is, as a file URL: the source when run from source, else the build. */
function ownModule(specifier: string): string {
  // The one subpath that is not named like its folder.
  const subpath = specifier.slice('splitbrain'.length).replace(/^\//, '').replace(/^server$/, 'wire');
  if (!import.meta.url.endsWith('.ts')) return import.meta.resolve(specifier);
  return new URL(subpath === '' ? '../index.ts' : `../${subpath}/index.ts`, import.meta.url).href;
}

const library: Plugin = {
  name: 'splitbrain',
  setup(bundle) {
    bundle.onResolve({ filter: /^splitbrain(\/[a-z-]+)?$/ }, ({ path }) => {
      const url = ownModule(path);
      if (!existsSync(fileURLToPath(url))) return { errors: [{ text: `there is no module '${path}'` }] };
      return { path: url, external: true };
    });
    // Whatever else is not a file beside the scenario is looked up from where the scenario lies, and not bundled.
    bundle.onResolve({ filter: /^[^./]/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === 'resolved' || kind === 'entry-point' || path.startsWith('node:')) return undefined;
      const found = await bundle.resolve(path, { resolveDir, kind, pluginData: 'resolved' });
      if (found.errors.length > 0) return { errors: found.errors };
      return { path: found.path.startsWith('/') ? pathToFileURL(found.path).href : found.path, external: true };
    });
  },
};

/**
 * Loads the one scenario that a file exports.
 *
 * @param file - a path, relative to the working directory
 * @throws {@link InputError} one line: no such file, a syntax error with its place, no scenario, more than one
 */
export async function loadScenario(file: string): Promise<Scenario> {
  const path = resolve(file);
  if (!existsSync(path)) throw new InputError(`${file}: no such file`);
  if (statSync(path).isDirectory()) throw new InputError(`${file}: is a folder; which scenario file in it?`);
  // So that an error tells its place in the scenario's own file.
  process.setSourceMapsEnabled(true);
  const code = await bundled(path, file);
  const folder = mkdtempSync(join(tmpdir(), 'splitbrain-'));
  try {
    const output = join(folder, 'scenario.mjs');
    writeFileSync(output, code);
    const exported = Object.values(await importing(output, file)).filter(isScenario);
    const [only] = new Set(exported);
    if (only === undefined) throw new InputError(`${file}: exports no scenario; export one value made by scenario({ name, … })`);
    if (new Set(exported).size > 1) {
      throw new InputError(`${file}: exports ${new Set(exported).size} scenarios (${exported.map(({ name }) => name).join(', ')}); one is expected`);
    }
    return only;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function importing(output: string, file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(output).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new InputError(`${file}: throws as it loads: ${messageOf(cause)}`, { cause });
  }
}

async function bundled(path: string, file: string): Promise<string> {
  try {
    const result = await build({
      entryPoints: [path], absWorkingDir: dirname(path), bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20',
      sourcemap: 'inline', logLevel: 'silent', plugins: [library], tsconfigRaw: {},
    });
    return result.outputFiles[0]?.text ?? '';
  } catch (cause) {
    const [first] = (cause as BuildFailure).errors ?? [];
    if (first === undefined) throw cause;
    const place = first.location === null ? '' : `${first.location.line}:${first.location.column + 1}:`;
    throw new InputError(`${file}:${place} ${first.text}`, { cause });
  }
}
