/**
 * The walk around the ring that makes a preference list (sections 4.3 and 4.6): clockwise from a token, each machine once however
 * many tokens it has, and one machine of each zone before the second of any. The nth machine met of its zone belongs to round n;
 * rounds follow each other, and within one the machines stand as they were met.
 *
 * @module
 */
import type { Member } from './partitioning.ts';

/** Walks for one list of members. It keeps its scratch space from one walk to the next: a ring makes tens of thousands. */
export class Walk {
  /** By member: the number of its zone. */
  readonly #zones: Int32Array;
  /** How many machines belong to each round: as many as there are zones with more machines than rounds before it. */
  readonly #sizes: Int32Array;
  /** Those met so far, by round, and how many they are. */
  readonly #rounds: readonly Int32Array[];
  readonly #filled: Int32Array;
  /** By zone, how many of its machines were met. */
  readonly #ofZone: Int32Array;
  /** By member, the number of the walk that met it last. */
  readonly #met: Int32Array;
  #turn = 0;
  /** How many tokens the last walk looked at. */
  steps = 0;

  /** @param members - whom the tokens belong to */
  constructor(members: readonly Member[]) {
    const names = [...new Set(members.map(({ zone }) => zone))];
    const numbers = new Map(names.map((zone, i) => [zone, i]));
    this.#zones = Int32Array.from(members, ({ zone }) => numbers.get(zone) ?? 0);
    this.#ofZone = new Int32Array(names.length);
    for (const zone of this.#zones) this.#ofZone[zone] = (this.#ofZone[zone] ?? 0) + 1;
    const sizes = this.#ofZone;
    const most = sizes.reduce((high, size) => Math.max(high, size), 0);
    this.#sizes = Int32Array.from({ length: most }, (_, round) => sizes.reduce((count, size) => count + (size > round ? 1 : 0), 0));
    this.#rounds = Array.from(this.#sizes, (size) => new Int32Array(size));
    this.#filled = new Int32Array(most);
    this.#met = new Int32Array(members.length);
  }

  /**
   * The first machines of a list.
   *
   * @param owners - the member of each token
   * @param start - the token to begin with
   * @param wanted - how many machines; fewer come when there are not so many
   * @param tokens - how many tokens it looks at, at most; what it has met by then is the answer
   * @returns indices of members
   */
  from(owners: Int32Array, start: number, wanted: number, tokens: number = owners.length): number[] {
    this.#turn++;
    this.#ofZone.fill(0);
    let used = 0;
    let open = 0;
    let certain = 0;
    this.steps = 0;
    const last = Math.min(tokens, owners.length);
    for (let at = start; this.steps < last; at = at + 1 === owners.length ? 0 : at + 1) {
      this.steps++;
      const member = owners[at] ?? 0;
      if (this.#met[member] === this.#turn) continue;
      this.#met[member] = this.#turn;
      const zone = this.#zones[member] ?? 0;
      const round = this.#ofZone[zone] ?? 0;
      this.#ofZone[zone] = round + 1;
      if (round >= used) this.#filled[used++] = 0;
      const row = this.#rounds[round];
      const place = this.#filled[round] ?? 0;
      if (row !== undefined) row[place] = member;
      this.#filled[round] = place + 1;
      if (round !== open) continue;
      while (open < used && this.#filled[open] === this.#sizes[open]) certain += this.#filled[open++] ?? 0;
      if (certain + (open < used ? this.#filled[open] ?? 0 : 0) >= wanted) break;
    }
    const list: number[] = [];
    for (let round = 0; round < used && list.length < wanted; round++) {
      const count = Math.min(this.#filled[round] ?? 0, wanted - list.length);
      for (let i = 0; i < count; i++) list.push(this.#rounds[round]?.[i] ?? 0);
    }
    return list;
  }
}
