/** Stub. @module */
import type { Host, Timer } from '../kernel/node.ts';
export interface AntiEntropyTimer extends Timer { readonly type: 'anti-entropy-round' }
export class AntiEntropy {
  constructor(_: object) {}
  start(): void {}
  round(): void {}
  ringChanged(): void {}
  noteChange(_: string): void {}
  received(_: unknown, __: unknown): void {}
}
