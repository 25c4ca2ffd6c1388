/**
 * Places on the earth as methods.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import type { Answer, AnswerMode } from './answer.ts';
import { items, score, texts, textsOrNull, whole } from './decoding.ts';
import type { GeoMember, GeoSearch, GeoUnit } from './options.ts';
import { SortedSetMethods } from './sorted-sets.ts';

/** The methods. */
export abstract class GeoMethods<Mode extends AnswerMode> extends SortedSetMethods<Mode> {
  /** `GEOADD`: how many are new. */
  geoadd(key: BytesInput, ...members: readonly GeoMember[]): Answer<Mode, number> { return this.send(['GEOADD', key, ...members.flatMap((at) => [at.longitude, at.latitude, at.member])], whole); }
  /** `GEODIST`; null when a member is absent. */
  geodist(key: BytesInput, from: BytesInput, to: BytesInput, unit: GeoUnit = 'm'): Answer<Mode, number | null> { return this.send(['GEODIST', key, from, to, unit], score); }
  /** `GEOPOS` */
  geopos(key: BytesInput, ...members: readonly BytesInput[]): Answer<Mode, ({ longitude: number; latitude: number } | null)[]> {
    return this.send(['GEOPOS', key, ...members], (reply) => items(reply).map((item) => {
      const [longitude, latitude] = items(item).map(score);
      return longitude == null || latitude == null ? null : { longitude, latitude };
    }));
  }
  /** `GEOSEARCH` */
  geosearch(key: BytesInput, search: GeoSearch): Answer<Mode, string[]> {
    const { from, by, unit = 'm', order, count } = search;
    return this.send([
      'GEOSEARCH', key,
      ...(typeof from === 'string' ? ['FROMMEMBER', from] : ['FROMLONLAT', from.longitude, from.latitude]),
      ...('radius' in by ? ['BYRADIUS', by.radius, unit] : ['BYBOX', by.width, by.height, unit]),
      ...(order === undefined ? [] : [order]), ...(count === undefined ? [] : ['COUNT', count]),
    ], texts);
  }
  /** `GEOHASH` */
  geohash(key: BytesInput, ...members: readonly BytesInput[]): Answer<Mode, (string | null)[]> { return this.send(['GEOHASH', key, ...members], textsOrNull); }
}
