import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `npm run test:package`: the linter catches what it must, and the packed tarball works. Needs `npm run build`. */
const config: ViteUserConfig = defineConfig({
  test: { include: ['test/package/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
export default config;
