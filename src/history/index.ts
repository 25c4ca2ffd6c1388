/**
 * Histories: what clients asked and were told, paired into operations, read from and written to files.
 *
 * @module
 */
export { pairHistory, pairOperations } from './operation.ts';
export type { Operation, PairedHistory, PairingOptions } from './operation.ts';
export { formatJsonLines, readJsonEntries } from './json-lines.ts';
export { detectFormat, readHistories } from './read.ts';
export type { HistoryFormat, ImportedHistory } from './read.ts';
