/**
 * What methods take beside keys and values, and what they give beside texts and numbers. Options bear Redis's own words.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';

/** The options of `SET`, named as Redis names them. Spans are numbers, `EX` and `EXAT` in seconds, `PX` and `PXAT` in milliseconds. */
export interface SetOptions {
  readonly EX?: number;
  readonly PX?: number;
  readonly EXAT?: number;
  readonly PXAT?: number;
  readonly KEEPTTL?: boolean;
  readonly NX?: boolean;
  readonly XX?: boolean;
  readonly GET?: boolean;
}

/** The options of `GETEX`. */
export interface GetExOptions {
  readonly EX?: number;
  readonly PX?: number;
  readonly EXAT?: number;
  readonly PXAT?: number;
  readonly PERSIST?: boolean;
}

/** The condition of `EXPIRE` and its kin. */
export type ExpireCondition = 'NX' | 'XX' | 'GT' | 'LT';

/** The options of `ZADD`. */
export interface ZAddOptions {
  readonly NX?: boolean;
  readonly XX?: boolean;
  readonly GT?: boolean;
  readonly LT?: boolean;
  readonly CH?: boolean;
}

/** The options of `ZRANGE`. */
export interface ZRangeOptions {
  readonly BY?: 'SCORE' | 'LEX';
  readonly REV?: boolean;
  readonly LIMIT?: { readonly offset: number; readonly count: number };
}

/** The options of the scans. */
export interface ScanOptions {
  readonly MATCH?: string;
  readonly COUNT?: number;
}

/** A member and its score. */
export interface ScoredMember {
  readonly member: string;
  readonly score: number;
}

/** The unit of a geographic distance. */
export type GeoUnit = 'm' | 'km' | 'ft' | 'mi';

/** Where and how far `GEOSEARCH` looks. */
export interface GeoSearch {
  readonly from: string | { readonly longitude: number; readonly latitude: number };
  readonly by: { readonly radius: number } | { readonly width: number; readonly height: number };
  readonly unit?: GeoUnit;
  readonly order?: 'ASC' | 'DESC';
  readonly count?: number;
}

/** A point of `GEOADD`. */
export interface GeoMember {
  readonly longitude: number;
  readonly latitude: number;
  readonly member: BytesInput;
}

/** The options of `ZUNIONSTORE` and its kin. */
export interface AlgebraOptions {
  /** One for each key. Default 1. */
  readonly WEIGHTS?: readonly number[];
  readonly AGGREGATE?: 'SUM' | 'MIN' | 'MAX';
}

/** The options of `SORT`. */
export interface SortOptions {
  readonly BY?: string;
  readonly LIMIT?: { readonly offset: number; readonly count: number };
  readonly GET?: readonly string[];
  readonly DESC?: boolean;
  readonly ALPHA?: boolean;
}

/** The options of `XADD`. */
export interface XAddOptions {
  /** Default `*`: the server's clock. */
  readonly id?: string;
  readonly NOMKSTREAM?: boolean;
  /** Cuts the stream to this length; with `approximate` a little later. */
  readonly MAXLEN?: number;
  readonly approximate?: boolean;
}

/** An entry of a stream. Where a field occurs twice, the last one counts; `command('XRANGE', …)` gives both. */
export interface StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** What `XREAD` and `XREADGROUP` give of one stream. */
export interface StreamBatch {
  readonly key: string;
  readonly entries: readonly StreamEntry[];
}
