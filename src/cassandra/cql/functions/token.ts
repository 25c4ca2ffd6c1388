/**
 * `token(…)`: where a partition key lies on the ring (`TokenFct` of Apache Cassandra 5.0). Its arguments are a table's partition
 * key columns, its type the partitioner's.
 *
 * @module
 */
import { bigint64, varint } from '../../types/bytes.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import { native } from '../../types/type-name.ts';
import type { Partitioner } from '../../partitioner.ts';
import type { Token } from '../../token.ts';
import type { TermScope } from '../term/scope.ts';
import { joinKey } from '../select/keys.ts';
import { scalar, type ScalarFunction } from './function.ts';

/** The type of tokens. */
export function tokenType(partitioner: Partitioner): DataType {
  switch (partitioner.name) {
    case 'Murmur3Partitioner': return native('bigint');
    case 'RandomPartitioner': return native('varint');
    case 'ByteOrderedPartitioner': return native('blob');
  }
}

/** A token as a value of CQL. */
export function tokenBytes(partitioner: Partitioner, token: Token): Bytes {
  switch (partitioner.name) {
    case 'Murmur3Partitioner': return bigint64(BigInt(partitioner.format(token)));
    case 'RandomPartitioner': return varint(BigInt(partitioner.format(token)));
    case 'ByteOrderedPartitioner': return token;
  }
}

/** `token` of a scope's table; undefined where there is none. */
export function tokenFunction({ table, partitioner }: TermScope): ScalarFunction | undefined {
  if (table === undefined) return undefined;
  return scalar('token', table.partitionKey.map((column) => column.type), tokenType(partitioner), (args) => {
    const parts: Bytes[] = [];
    for (const arg of args) {
      if (arg === null) return null;
      parts.push(arg);
    }
    return tokenBytes(partitioner, partitioner.tokenOf(joinKey(parts)));
  });
}
