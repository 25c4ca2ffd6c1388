/**
 * Geospatial commands: points in sorted sets, their score a geohash.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, TWO_KEYS, type CommandGroup, type KeyPositions } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { formatFixed } from '../bytes/floats.ts';
import {
  decodePoint, distanceBetween, distanceWithin, encodePoint, geohashText, isOnMap, scoreSpans, type Point, type Shape,
} from '../values/geohash.ts';
import { int64 } from '../bytes/int64.ts';
import { formatLongDouble, fromDouble } from '../bytes/long-double.ts';
import { array, bulk, EMPTY_ARRAY, errorReply, integer, NIL, NIL_ARRAY, type Reply } from '../reply.ts';
import { SortedSetValue } from '../values/sorted-set-value.ts';
import { doubleArgument, keyword, positionArgument } from './arguments.ts';
import { addScores, storeSortedSet } from './sorted-sets.ts';

const METRES_PER_UNIT: Readonly<Record<string, number>> = { m: 1, km: 1000, ft: 0.3048, mi: 1609.34 };

function unitArgument(bytes: Bytes | undefined): number {
  const word = keyword(bytes);
  const metres = Object.hasOwn(METRES_PER_UNIT, word) ? METRES_PER_UNIT[word] : undefined;
  return metres ?? refuse('ERR unsupported unit provided. please use M, KM, FT, MI');
}

function pointArgument(args: readonly Bytes[], at: number): Point {
  const point = { longitude: doubleArgument(args[at]), latitude: doubleArgument(args[at + 1]) };
  if (isOnMap(point)) return point;
  return refuse(`ERR invalid longitude,latitude pair ${formatFixed(point.longitude, 6)},${formatFixed(point.latitude, 6)}`);
}

function coordinates({ longitude, latitude }: Point): Reply {
  const text = (value: number): Reply => ({ kind: 'double', text: formatLongDouble(fromDouble(value)) });
  return array([text(longitude), text(latitude)]);
}

function distanceReply(metres: number, unit: number): Reply {
  return bulk(formatFixed(metres / unit, 4));
}

function geoadd(call: Call, args: readonly Bytes[]): Reply {
  let first = 2;
  while (['nx', 'xx', 'ch'].includes(keyword(args[first]))) first++;
  const options = args.slice(2, first).map(keyword);
  if ((args.length - first) % 3 !== 0 || (options.includes('nx') && options.includes('xx'))) return errorReply(ERROR.syntax);
  const command = ['ZADD', args[1] as Bytes, ...args.slice(2, first)];
  for (let i = first; i < args.length; i += 3) command.push(String(encodePoint(pointArgument(args, i))), args[i + 2] as Bytes);
  const reply = addScores(call, command);
  if (call.dirty > 0) call.propagateAs(command);
  return reply;
}

function geodist(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', from = '', to = ''] = args;
  if (args.length > 5) return errorReply(ERROR.syntax);
  const unit = args.length === 5 ? unitArgument(args[4]) : 1;
  const sortedSet = call.sortedSet(key);
  const a = sortedSet?.score(from);
  const b = sortedSet?.score(to);
  if (a === undefined || b === undefined) return NIL;
  return distanceReply(distanceBetween(decodePoint(a), decodePoint(b)), unit);
}

function geohash(call: Call, args: readonly Bytes[]): Reply {
  const sortedSet = call.sortedSet(args[1] as Bytes);
  return array(args.slice(2).map((member) => {
    const score = sortedSet?.score(member);
    return score === undefined ? NIL : bulk(geohashText(decodePoint(score)));
  }));
}

function geopos(call: Call, args: readonly Bytes[]): Reply {
  const sortedSet = call.sortedSet(args[1] as Bytes);
  return array(args.slice(2).map((member) => {
    const score = sortedSet?.score(member);
    return score === undefined ? NIL_ARRAY : coordinates(decodePoint(score));
  }));
}

type SearchForm = 'georadius' | 'georadius_ro' | 'georadiusbymember' | 'georadiusbymember_ro' | 'geosearch' | 'geosearchstore';

interface Search {
  centre: Point | undefined;
  hasCentre: 'member' | 'point' | undefined;
  extent: { kind: 'circle'; radius: number } | { kind: 'box'; width: number; height: number } | undefined;
  unit: number;
  withDistance: boolean;
  withHash: boolean;
  withCoordinates: boolean;
  any: boolean;
  count: number;
  order: 'asc' | 'desc' | undefined;
  storeKey: Bytes | undefined;
  storeDistance: boolean;
}

function radiusArgument(search: Search, args: readonly Bytes[], at: number): void {
  const radius = doubleArgument(args[at], 'ERR need numeric radius');
  if (radius < 0) refuse('ERR radius cannot be negative');
  search.unit = unitArgument(args[at + 1]);
  search.extent = { kind: 'circle', radius: radius * search.unit };
}

function boxArgument(search: Search, args: readonly Bytes[], at: number): void {
  const width = doubleArgument(args[at], 'ERR need numeric width');
  const height = doubleArgument(args[at + 1], 'ERR need numeric height');
  if (height < 0 || width < 0) refuse('ERR height or width cannot be negative');
  search.unit = unitArgument(args[at + 2]);
  search.extent = { kind: 'box', width: width * search.unit, height: height * search.unit };
}

function memberCentre(sortedSet: SortedSetValue, member: Bytes | undefined): Point {
  const score = sortedSet.score(member ?? '');
  return score === undefined ? refuse('ERR could not decode requested zset member') : decodePoint(score);
}

/** Reads one option of any form. @returns how many arguments it took, or refuses */
function parseOption(search: Search, form: SearchForm, args: readonly Bytes[], at: number, source: SortedSetValue | undefined): number {
  const word = keyword(args[at]);
  const left = args.length - at - 1;
  const isSearch = form === 'geosearch' || form === 'geosearchstore';
  if (word === 'withdist') search.withDistance = true;
  else if (word === 'withhash') search.withHash = true;
  else if (word === 'withcoord') search.withCoordinates = true;
  else if (word === 'any') search.any = true;
  else if (word === 'asc' || word === 'desc') search.order = word;
  else if (word === 'count' && left >= 1) {
    search.count = positionArgument(args[at + 1]);
    if (search.count <= 0) refuse('ERR COUNT must be > 0');
    return 2;
  } else if ((form === 'georadius' || form === 'georadiusbymember') && left >= 1 && (word === 'store' || word === 'storedist')) {
    search.storeKey = args[at + 1];
    search.storeDistance = word === 'storedist';
    return 2;
  } else if (isSearch && word === 'frommember' && left >= 1 && search.hasCentre !== 'point') {
    search.hasCentre = 'member';
    if (source !== undefined) search.centre = memberCentre(source, args[at + 1]);
    return 2;
  } else if (isSearch && word === 'fromlonlat' && left >= 2 && search.hasCentre !== 'member') {
    search.hasCentre = 'point';
    search.centre = pointArgument(args, at + 1);
    return 3;
  } else if (isSearch && word === 'byradius' && left >= 2 && search.extent?.kind !== 'box') {
    radiusArgument(search, args, at + 1);
    return 3;
  } else if (isSearch && word === 'bybox' && left >= 3 && search.extent?.kind !== 'circle') {
    boxArgument(search, args, at + 1);
    return 4;
  } else if (form === 'geosearchstore' && word === 'storedist') search.storeDistance = true;
  else refuse(ERROR.syntax);
  return 1;
}

function parseSearch(call: Call, form: SearchForm, args: readonly Bytes[], source: SortedSetValue | undefined): Search {
  const search: Search = {
    centre: undefined, hasCentre: undefined, extent: undefined, unit: 1, withDistance: false, withHash: false, withCoordinates: false,
    any: false, count: 0, order: undefined, storeKey: form === 'geosearchstore' ? args[1] : undefined, storeDistance: false,
  };
  let at: number;
  if (form === 'georadius' || form === 'georadius_ro') {
    search.centre = pointArgument(args, 2);
    radiusArgument(search, args, 4);
    at = 6;
  } else if (form === 'georadiusbymember' || form === 'georadiusbymember_ro') {
    if (source !== undefined) {
      search.centre = memberCentre(source, args[2]);
      radiusArgument(search, args, 3);
    }
    at = 5;
  } else {
    at = form === 'geosearch' ? 2 : 3;
  }
  while (at < args.length) at += parseOption(search, form, args, at, source);
  if (search.storeKey !== undefined && (search.withDistance || search.withHash || search.withCoordinates)) {
    const what = form === 'geosearchstore' ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS';
    refuse(`ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
  }
  if (form === 'geosearch' || form === 'geosearchstore') {
    const name = args[0] as Bytes;
    if (search.hasCentre === undefined) refuse(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`);
    if (search.extent === undefined) refuse(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${name}`);
  }
  if (search.any && search.count === 0) refuse('ERR the ANY argument requires COUNT argument');
  return search;
}

interface Hit {
  readonly member: Bytes;
  readonly score: number;
  readonly point: Point;
  readonly distance: number;
}

function findHits(source: SortedSetValue, shape: Shape, limit: number): Hit[] {
  const hits: Hit[] = [];
  for (const { low, high } of scoreSpans(shape)) {
    const start = source.firstRank((score) => score < low);
    source.walk(start, source.size - start, (member, score) => {
      if (score >= high) return false;
      const point = decodePoint(score);
      const distance = distanceWithin(shape, point);
      if (distance !== undefined) hits.push({ member, score, point, distance });
      return limit === 0 || hits.length < limit;
    });
    if (limit > 0 && hits.length >= limit) break;
  }
  return hits;
}

function showHit(search: Search, hit: Hit): Reply {
  const member = bulk(hit.member);
  if (!search.withDistance && !search.withHash && !search.withCoordinates) return member;
  return array([
    member,
    ...(search.withDistance ? [distanceReply(hit.distance, search.unit)] : []),
    ...(search.withHash ? [integer(Number.isSafeInteger(hit.score) ? hit.score : int64(BigInt(Math.trunc(hit.score))) ?? 0)] : []),
    ...(search.withCoordinates ? [coordinates(hit.point)] : []),
  ]);
}

function geosearch(form: SearchForm): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => {
    const source = call.sortedSet(args[form === 'geosearchstore' ? 2 : 1] as Bytes);
    const search = parseSearch(call, form, args, source);
    const { centre, extent, count, storeKey } = search;
    let hits: Hit[] = [];
    if (source !== undefined && centre !== undefined && extent !== undefined) {
      hits = findHits(source, { centre, ...extent }, search.any ? count : 0);
      const order = search.order ?? (count > 0 && !search.any ? 'asc' : undefined);
      if (order !== undefined) hits.sort((a, b) => (order === 'asc' ? a.distance - b.distance : b.distance - a.distance));
      if (count > 0) hits = hits.slice(0, count);
    }
    if (storeKey !== undefined) {
      const result = new SortedSetValue(call.limits);
      for (const hit of hits) result.set(hit.member, search.storeDistance ? hit.distance / search.unit : hit.score);
      return storeSortedSet(call, storeKey, result, form === 'geosearchstore' ? form : 'georadiusstore');
    }
    return hits.length === 0 ? EMPTY_ARRAY : array(hits.map((hit) => showHit(search, hit)));
  };
}

const GEO = ['geo'] as const;
const READ = ['readonly'] as const;
const WRITE = ['write', 'denyoom', 'movablekeys'] as const;
const STORE_KEYS: KeyPositions = { kind: 'store' };

/** The rows of the geospatial commands. */
export const GEO_COMMANDS: CommandGroup = {
  geoadd: { arity: -5, flags: ['write', 'denyoom'], keys: FIRST_KEY, categories: GEO, since: '3.2.0', reply: ['integer'], run: geoadd },
  geodist: { arity: -4, flags: READ, keys: FIRST_KEY, categories: GEO, since: '3.2.0', reply: ['bulk', 'nil'], run: geodist },
  geohash: { arity: -2, flags: READ, keys: FIRST_KEY, categories: GEO, since: '3.2.0', reply: ['array'], run: geohash },
  geopos: { arity: -2, flags: READ, keys: FIRST_KEY, categories: GEO, since: '3.2.0', reply: ['array'], run: geopos },
  georadius: { arity: -6, flags: WRITE, keys: STORE_KEYS, categories: GEO, since: '3.2.0', reply: ['array', 'integer'], run: geosearch('georadius') },
  georadius_ro: { arity: -6, flags: READ, keys: FIRST_KEY, categories: GEO, since: '3.2.10', reply: ['array'], run: geosearch('georadius_ro') },
  georadiusbymember: { arity: -5, flags: WRITE, keys: STORE_KEYS, categories: GEO, since: '3.2.0', reply: ['array', 'integer'], run: geosearch('georadiusbymember') },
  georadiusbymember_ro: { arity: -5, flags: READ, keys: FIRST_KEY, categories: GEO, since: '3.2.10', reply: ['array'], run: geosearch('georadiusbymember_ro') },
  geosearch: { arity: -7, flags: READ, keys: FIRST_KEY, categories: GEO, since: '6.2.0', reply: ['array'], run: geosearch('geosearch') },
  geosearchstore: { arity: -8, flags: ['write', 'denyoom'], keys: TWO_KEYS, categories: GEO, since: '6.2.0', reply: ['integer'], run: geosearch('geosearchstore') },
};
