import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** `import 'splitbrain/redis'` in tests and examples means the source, not a build. */
export const alias: { find: RegExp; replacement: string }[] = [
  { find: /^splitbrain$/, replacement: source('index.ts') },
  { find: /^splitbrain\/([a-z-]+)$/, replacement: source('$1/index.ts') },
];

const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/differential/**', 'test/browser/**', 'test/package/**'],
    setupFiles: ['test/support/poison.ts'],
  },
});
export default config;
