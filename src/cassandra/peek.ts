/**
 * What one replica has of a partition, as rows: for checks that all replicas hold the same.
 *
 * @module
 */
import type { SelectedRow } from './client.ts';
import type { TableMetadata } from './schema/metadata.ts';
import { WHOLE_PARTITION } from './storage/clustering.ts';
import { columnValue } from './storage/column-value.ts';
import type { StorageEngine } from './storage/engine.ts';
import { splitKey } from './storage/filter.ts';
import { rowIsLive } from './storage/row.ts';
import { decode, type CqlValue } from './types/decode.ts';
import type { Bytes } from './types/data-type.ts';

/** The rows that an engine shows of a partition now: key columns, and columns that have a value. */
export function peekRows(engine: StorageEngine, table: TableMetadata, key: Bytes): readonly SelectedRow[] {
  const nowSeconds = engine.nowSeconds();
  const { partitions } = engine.read({
    kind: 'partition', table: table.id, key, slices: [WHOLE_PARTITION], reversed: false, columns: undefined, filter: [],
    limits: { rows: Infinity, perPartition: Infinity }, nowSeconds,
  });
  const [data] = partitions;
  if (data === undefined) return [];
  const parts = splitKey(table, key);
  return data.rows.filter((row) => rowIsLive(row, nowSeconds, table.view !== undefined)).map((row) => {
    const shown: Record<string, CqlValue> = {};
    for (const column of table.columns.values()) {
      const value = column.kind === 'partition_key' ? (parts[column.position] ?? null)
        : column.kind === 'clustering' ? (row.clustering[column.position] ?? null)
        : columnValue(column.kind === 'static' ? data.staticRow : row, column, nowSeconds);
      if (value !== null) shown[column.name] = decode(column.type, value);
    }
    return shown;
  });
}
