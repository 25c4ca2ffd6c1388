import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** `import 'splitbrain/redis'` in tests and examples means the source, not a build. */
export const alias: { find: RegExp; replacement: string }[] = [
  { find: /^splitbrain$/, replacement: source('index.ts') },
  { find: /^splitbrain\/server$/, replacement: source('wire/index.ts') },
  { find: /^splitbrain\/([a-z-]+)$/, replacement: source('$1/index.ts') },
];

const resolve = { alias };
/** Long enough for the slowest on a slow machine whose every core runs another: it ends what hangs. */
const patient = { testTimeout: 120_000, hookTimeout: 120_000 };

const config: ViteUserConfig = defineConfig({
  test: {
    // One is left free unless it is said: half of a machine that has two, while the process that hands files out does next to nothing.
    maxWorkers: '100%',
    projects: [
      // `npm test`: needs nothing but Node.
      {
        resolve,
        test: {
          name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/differential/**', 'test/browser/**', 'test/package/**'],
          setupFiles: ['test/support/poison.ts', 'test/support/reply-shapes.ts'], ...patient,
        },
      },
      // `npm run test:differential`: real products and recorded data. Each test says when its oracle is missing.
      { resolve, test: { name: 'differential', include: ['test/differential/**/*.test.ts'], setupFiles: ['test/support/reply-shapes.ts'], ...patient, testTimeout: 600_000 } },
      // `npm run test:browser`: the core in headless Chromium, driven from Node.
      { resolve, test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...patient } },
      // `npm run test:package`: the linter catches what it must, and the packed tarball works. Needs `npm run build`.
      { test: { name: 'package', include: ['test/package/**/*.test.ts'], ...patient } },
    ],
  },
});
export default config;
