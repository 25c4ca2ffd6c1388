/**
 * The thresholds up to which Redis keeps a collection in its small form, as redis.conf 7.0 sets them. One engine has one such
 * value, which `CONFIG SET` changes; a collection that has outgrown them does not shrink back.
 *
 * @module
 */

/** The thresholds; the names are redis.conf's. */
export interface EncodingLimits {
  hashMaxListpackEntries: number;
  hashMaxListpackValue: number;
  setMaxIntsetEntries: number;
  zsetMaxListpackEntries: number;
  zsetMaxListpackValue: number;
  /** Positive: elements of a node; -1 to -5: 4, 8, 16, 32 or 64 kilobytes. */
  listMaxListpackSize: number;
  hllSparseMaxBytes: number;
  streamNodeMaxBytes: number;
  streamNodeMaxEntries: number;
  protoMaxBulkLen: number;
  /** Elements of so many bytes get a node of their own (`DEBUG QUICKLIST-PACKED-THRESHOLD`). */
  quicklistPackedThreshold: number;
}

/** redis.conf's own. */
export const DEFAULT_LIMITS: Readonly<EncodingLimits> = {
  hashMaxListpackEntries: 512,
  hashMaxListpackValue: 64,
  setMaxIntsetEntries: 512,
  zsetMaxListpackEntries: 128,
  zsetMaxListpackValue: 64,
  listMaxListpackSize: -2,
  hllSparseMaxBytes: 3000,
  streamNodeMaxBytes: 4096,
  streamNodeMaxEntries: 100,
  protoMaxBulkLen: 512 * 1024 * 1024,
  quicklistPackedThreshold: 2 ** 30,
};

/** The parameter that sets each threshold. */
export const LIMIT_PARAMETERS: Readonly<Record<string, keyof EncodingLimits>> = {
  'hash-max-listpack-entries': 'hashMaxListpackEntries',
  'hash-max-listpack-value': 'hashMaxListpackValue',
  'set-max-intset-entries': 'setMaxIntsetEntries',
  'zset-max-listpack-entries': 'zsetMaxListpackEntries',
  'zset-max-listpack-value': 'zsetMaxListpackValue',
  'list-max-listpack-size': 'listMaxListpackSize',
  'hll-sparse-max-bytes': 'hllSparseMaxBytes',
  'stream-node-max-bytes': 'streamNodeMaxBytes',
  'stream-node-max-entries': 'streamNodeMaxEntries',
  'proto-max-bulk-len': 'protoMaxBulkLen',
};
