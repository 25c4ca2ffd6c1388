/**
 * What it costs that a token changes hands: whose copies of which key ranges appear where, counted by walking before and after.
 * Only ranges whose walk reaches the token are touched, and those lie just before it.
 *
 * @module
 */
import type { Member } from './partitioning.ts';
import { Walk } from './walk.ts';

/** So many tokens a walk looks at, and so far back a change is looked for. Walks are longer only where a zone has next to no tokens. */
const FARTHEST = 64;

/** The copies that appear when one token changes hands, in key ranges. */
export interface HandoverPrice {
  /** Those at the machine that gets the token. */
  readonly gained: number;
  /** Those at any machine. */
  readonly added: number;
  /** Those that the machine that had it may drop. */
  readonly lost: number;
}

/** Prices changes to a circle of tokens, which it is told of as they are made. */
export class Handover {
  readonly #owners: Int32Array;
  readonly #walk: Walk;
  readonly #n: number;
  /** So many tokens before and after a change may have another price: as far as any walk was followed. */
  reach = 1;

  /**
   * @param owners - the circle, changed by {@link move} only
   * @param members - whom the tokens belong to
   * @param n - how many home nodes a key range has
   */
  constructor(owners: Int32Array, members: readonly Member[], n: number) {
    this.#owners = owners;
    this.#walk = new Walk(members);
    // Beyond the machines there are, a walk would look at every token for nothing.
    this.#n = Math.min(n, members.length - 1);
  }

  /** How many key ranges each member is a home node of. */
  copies(members: number): number[] {
    const copies = Array.from({ length: members }, () => 0);
    for (let token = 0; token < this.#owners.length; token++) {
      for (const member of this.#walk.from(this.#owners, token, this.#n, FARTHEST)) copies[member] = (copies[member] ?? 0) + 1;
    }
    return copies;
  }

  /** What it would cost to give a token to a member. */
  price(token: number, to: number): HandoverPrice {
    const owners = this.#owners;
    const from = owners[token] ?? 0;
    let [gained, added, lost] = [0, 0, 0];
    for (let back = 0; back < Math.min(FARTHEST, owners.length); back++) {
      const start = (token - back + owners.length) % owners.length;
      const before = this.#walk.from(owners, start, this.#n, FARTHEST);
      this.reach = Math.max(this.reach, this.#walk.steps);
      if (this.#walk.steps <= back) break;
      owners[token] = to;
      const after = this.#walk.from(owners, start, this.#n, FARTHEST);
      owners[token] = from;
      for (const member of after) {
        if (before.includes(member)) continue;
        added++;
        if (member === to) gained++;
      }
      if (before.includes(from) && !after.includes(from)) lost++;
    }
    return { gained, added, lost };
  }
}
