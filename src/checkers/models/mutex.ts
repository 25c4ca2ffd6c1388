/**
 * A lock: `acquire` succeeds only while it is free, `release` only while it is held. Who holds it is not asked, as in
 * Knossos's mutex.
 *
 * @module
 */
import type { Model } from '../model.ts';

/** A lock, free at the start. */
export function mutex(): Model<boolean> {
  return {
    name: 'mutex',
    init: false,
    step: (held, { f }) => (held === (f === 'acquire') ? undefined : !held),
    equal: (a, b) => a === b,
    hash: (held) => held,
    kind: ({ f, status }) => `${status} ${f}`,
    leadsBack: (operations) => operations.filter(({ f }) => f === 'acquire').length * 2 === operations.length,
    refuses: ({ f }) => (f === 'acquire' || f === 'release' ? undefined : `it has no operation '${f}'`),
    describe: (held) => (held ? 'held' : 'free'),
  };
}
