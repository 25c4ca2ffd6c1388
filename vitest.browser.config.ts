import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { alias } from './vitest.config.ts';

/** `npm run test:browser`: the core in headless Chromium, driven from Node. */
const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: { include: ['test/browser/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
export default config;
