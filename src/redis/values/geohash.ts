/**
 * Geohashes as Redis makes them (geohash.c, geohash_helper.c): a point is 52 interleaved bits, 26 of latitude within the
 * Mercator limits and 26 of longitude, and that integer is its score in a sorted set. A search looks at the cell of its
 * centre and the eight around it, each a range of scores.
 *
 * Distances use the engine's sine and cosine, whose last bit may differ between engines. Redis shows four decimals of a
 * metre: seen only near the antipode, where the last decimal may differ from a real server's. A point within a hair's breadth
 * of a search's border might fall on the other side.
 *
 * @module
 */

const LATITUDE_MAX = 85.05112878;
const LONGITUDE_MAX = 180;
const STEPS_MAX = 26;
const EARTH_RADIUS_METRES = 6372797.560856;
const MERCATOR_MAX_METRES = 20037726.37;
const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';

/** Degrees. */
export interface Point {
  readonly longitude: number;
  readonly latitude: number;
}

/** What a search looks for: everything within a radius, or within a box, around a centre. Metres. */
export type Shape =
  | { readonly kind: 'circle'; readonly centre: Point; readonly radius: number }
  | { readonly kind: 'box'; readonly centre: Point; readonly width: number; readonly height: number };

interface Cell {
  readonly latitude: number;
  readonly longitude: number;
  readonly steps: number;
}

interface Area {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

/** Whether Redis takes the point: outside the Mercator limits it does not. */
export function isOnMap({ longitude, latitude }: Point): boolean {
  return Math.abs(longitude) <= LONGITUDE_MAX && Math.abs(latitude) <= LATITUDE_MAX;
}

function spread(value: number): number {
  let x = value & 0x3fff;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

function gather(value: number): number {
  let x = value & 0x55555555;
  x = (x | (x >>> 1)) & 0x33333333;
  x = (x | (x >>> 2)) & 0x0f0f0f0f;
  x = (x | (x >>> 4)) & 0x00ff00ff;
  return (x | (x >>> 8)) & 0xffff;
}

const HALF = 0x400_0000;

function interleave(latitude: number, longitude: number): number {
  const low = spread(latitude & 0x1fff) | (spread(longitude & 0x1fff) << 1);
  // At the very north and east the count is one too many and fills a 53rd bit, in Redis too.
  const high = spread(latitude >>> 13) | (spread(longitude >>> 13) << 1);
  return high * HALF + low;
}

function cellAt({ longitude, latitude }: Point, steps: number, latitudeMax = LATITUDE_MAX): Cell {
  const scale = 2 ** steps;
  return {
    latitude: Math.trunc(((latitude + latitudeMax) / (2 * latitudeMax)) * scale) >>> 0,
    longitude: Math.trunc(((longitude + LONGITUDE_MAX) / (2 * LONGITUDE_MAX)) * scale) >>> 0,
    steps,
  };
}

function areaOf({ latitude, longitude, steps }: Cell): Area {
  const scale = 2 ** steps;
  return {
    south: -LATITUDE_MAX + (latitude / scale) * (2 * LATITUDE_MAX),
    north: -LATITUDE_MAX + ((latitude + 1) / scale) * (2 * LATITUDE_MAX),
    west: -LONGITUDE_MAX + (longitude / scale) * (2 * LONGITUDE_MAX),
    east: -LONGITUDE_MAX + ((longitude + 1) / scale) * (2 * LONGITUDE_MAX),
  };
}

/** The score of a point: 52 bits. */
export function encodePoint(point: Point): number {
  const { latitude, longitude } = cellAt(point, STEPS_MAX);
  return interleave(latitude, longitude);
}

/** A double as C casts it to `uint64_t` on x86, also where the standard says nothing. */
function castToUint64(value: number): bigint {
  if (value >= 2 ** 64) return 0n;
  if (value < -(2 ** 63)) return 1n << 63n;
  return BigInt.asUintN(64, BigInt(Math.trunc(value)));
}

/** The cell of a score that no point can have, such as a negative one: a sorted set may hold anything. */
function oddCell(score: number): Cell {
  const bits = castToUint64(score);
  let latitude = 0;
  let longitude = 0;
  for (let i = 31n; i >= 0n; i--) {
    latitude = latitude * 2 + Number((bits >> (2n * i)) & 1n);
    longitude = longitude * 2 + Number((bits >> (2n * i + 1n)) & 1n);
  }
  return { latitude, longitude, steps: STEPS_MAX };
}

function cellOf(score: number): Cell {
  if (!(score >= 0 && score < HALF * HALF)) return oddCell(score);
  const bits = Math.trunc(score);
  const low = bits % HALF;
  const high = Math.floor(bits / HALF);
  return {
    latitude: (gather(high) << 13) | gather(low),
    longitude: (gather(high >>> 1) << 13) | gather(low >>> 1),
    steps: STEPS_MAX,
  };
}

/** The middle of the cell that a score names. */
export function decodePoint(score: number): Point {
  const area = areaOf(cellOf(score));
  const clamp = (value: number, limit: number): number => Math.max(-limit, Math.min(limit, value));
  return { longitude: clamp((area.west + area.east) / 2, LONGITUDE_MAX), latitude: clamp((area.south + area.north) / 2, LATITUDE_MAX) };
}

/** The eleven letters of the usual geohash, which spans all latitudes. The last is always `0`: 52 bits make ten letters. */
export function geohashText(point: Point): string {
  const { latitude, longitude } = cellAt(point, STEPS_MAX, 90);
  let bits = BigInt(interleave(latitude, longitude)) >> 2n;
  let text = '0';
  for (let i = 0; i < 10; i++) {
    text = ALPHABET.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return text;
}

function radians(degrees: number): number {
  return degrees * (Math.PI / 180);
}

function degrees(value: number): number {
  return value / (Math.PI / 180);
}

function latitudeDistance(a: number, b: number): number {
  return EARTH_RADIUS_METRES * Math.abs(radians(b) - radians(a));
}

/** Metres between two points on the sphere (haversine). */
export function distanceBetween(a: Point, b: Point): number {
  const v = Math.sin((radians(b.longitude) - radians(a.longitude)) / 2);
  if (v === 0) return latitudeDistance(a.latitude, b.latitude);
  const u = Math.sin((radians(b.latitude) - radians(a.latitude)) / 2);
  const h = u * u + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * v * v;
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.sqrt(h));
}

/** The distance of a point from the shape's centre, or undefined when it lies outside. */
export function distanceWithin(shape: Shape, point: Point): number | undefined {
  const { centre } = shape;
  if (shape.kind === 'circle') {
    const distance = distanceBetween(centre, point);
    return distance > shape.radius ? undefined : distance;
  }
  if (latitudeDistance(point.latitude, centre.latitude) > shape.height / 2) return undefined;
  const sideways = distanceBetween(point, { longitude: centre.longitude, latitude: point.latitude });
  if (sideways > shape.width / 2) return undefined;
  return distanceBetween(centre, point);
}

function boundingBox(shape: Shape): Area {
  const { longitude, latitude } = shape.centre;
  const height = shape.kind === 'circle' ? shape.radius : shape.height / 2;
  const width = shape.kind === 'circle' ? shape.radius : shape.width / 2;
  const up = degrees(height / EARTH_RADIUS_METRES);
  // Degrees of longitude grow narrower towards the pole: take the border nearer to the equator's other side, as Redis does.
  const edge = latitude < 0 ? latitude - up : latitude + up;
  const aside = degrees(width / EARTH_RADIUS_METRES / Math.cos(radians(edge)));
  return { south: latitude - up, north: latitude + up, west: longitude - aside, east: longitude + aside };
}

function estimateSteps(radius: number, latitude: number): number {
  if (radius === 0) return STEPS_MAX;
  let steps = 1;
  for (let range = radius; range < MERCATOR_MAX_METRES; range *= 2) steps++;
  steps -= 2;
  if (Math.abs(latitude) > 66) steps--;
  if (Math.abs(latitude) > 80) steps--;
  return Math.max(1, Math.min(STEPS_MAX, steps));
}

function neighbour(cell: Cell, north: number, east: number): Cell {
  const mask = 2 ** cell.steps - 1;
  // An axis along which one does not move keeps its count, even the one too many at the edge of the map.
  return {
    latitude: north === 0 ? cell.latitude : (cell.latitude + north) & mask,
    longitude: east === 0 ? cell.longitude : (cell.longitude + east) & mask,
    steps: cell.steps,
  };
}

/** A range of scores: from `low` up to, not including, `high`. */
export interface ScoreSpan {
  readonly low: number;
  readonly high: number;
}

/** The cells around the centre in the order Redis searches them: itself, N, S, E, W, NE, NW, SE, SW. */
const DIRECTIONS = [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]] as const;

/** The ranges of scores that hold every point of a shape, in the order in which Redis looks at them. */
export function scoreSpans(shape: Shape): readonly ScoreSpan[] {
  const bounds = boundingBox(shape);
  const radius = shape.kind === 'circle' ? shape.radius : Math.sqrt((shape.width / 2) ** 2 + (shape.height / 2) ** 2);
  let centre = cellAt(shape.centre, estimateSteps(radius, shape.centre.latitude));
  const tooNarrow = areaOf(neighbour(centre, 1, 0)).north < bounds.north
    || areaOf(neighbour(centre, -1, 0)).south > bounds.south
    || areaOf(neighbour(centre, 0, 1)).east < bounds.east
    || areaOf(neighbour(centre, 0, -1)).west > bounds.west;
  if (centre.steps > 1 && tooNarrow) centre = cellAt(shape.centre, centre.steps - 1);
  const area = areaOf(centre);
  const spans: ScoreSpan[] = [];
  for (const [north, east] of DIRECTIONS) {
    const useless = centre.steps >= 2 && (
      (north < 0 && area.south < bounds.south) || (north > 0 && area.north > bounds.north)
      || (east < 0 && area.west < bounds.west) || (east > 0 && area.east > bounds.east));
    if (useless) continue;
    const cell = neighbour(centre, north, east);
    const size = 4 ** (STEPS_MAX - cell.steps);
    const low = interleave(cell.latitude, cell.longitude) * size;
    // With huge radii neighbours are the same cell; Redis skips one that equals the last.
    if (spans.at(-1)?.low !== low) spans.push({ low, high: low + size });
  }
  return spans;
}
