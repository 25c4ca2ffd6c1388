import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { alias } from './vitest.config.ts';

/** `npm run test:differential`: comparisons with real products and recorded data. Each says when its oracle is missing. */
const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: { include: ['test/differential/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 120_000 },
});
export default config;
