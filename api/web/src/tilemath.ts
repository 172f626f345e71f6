// Where tiles are: boxes in degrees against tile addresses of the web mercator square. Pure functions.

/** A box in degrees: west, south, east, north. West may be greater than east, across the antimeridian. */
export type Box = readonly [number, number, number, number];

/** A tile's address, y from the north. */
export interface TileID { z: number; x: number; y: number }

/** A point of the square: both from 0 to 1, y from the north. */
export type Square = readonly [number, number];

/** Part of a tile's side that its data reaches beyond the tile: 64 of 4,096 units. */
export const BUFFER = 64 / 4096;

const MAX_LAT = 85.0511287798066;

/** Projects degrees to the square. */
export function project(lon: number, lat: number): Square {
  const s = Math.sin((Math.max(-MAX_LAT, Math.min(MAX_LAT, lat)) * Math.PI) / 180);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)];
}

/** Undoes project. */
export function unproject([x, y]: Square): [number, number] {
  return [(x - 0.5) * 360, (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI];
}

/** Tells whether something inside the box can show on the tile, its buffer included. */
export function touches(tile: TileID, box: Box): boolean {
  const n = 2 ** tile.z;
  const [west, north] = project(box[0], box[3]);
  const [east, south] = project(box[2], box[1]);
  if (south * n < tile.y - BUFFER || north * n > tile.y + 1 + BUFFER) return false;
  const spans: [number, number][] = box[0] <= box[2] ? [[west, east]] : [[west, 1], [0, east]];
  return spans.some(([from, to]) => [-1, 0, 1].some((turn) => (to + turn) * n >= tile.x - BUFFER && (from + turn) * n <= tile.x + 1 + BUFFER));
}

/** Addresses of all tiles of a zoom that show something of the box, or null when there are more than limit. */
export function tilesOf(box: Box, z: number, limit = 4096): TileID[] | null {
  const n = 2 ** z;
  const [west, north] = project(box[0], box[3]);
  const [east, south] = project(box[2], box[1]);
  const rows = range(north * n, south * n, n);
  const columns = box[0] <= box[2] ? range(west * n, east * n, n) : [...range(west * n, n, n), ...range(0, east * n, n)];
  const distinct = [...new Set(columns)];
  if (rows.length * distinct.length > limit) return null;
  return rows.flatMap((y) => distinct.map((x) => ({ z, x, y })));
}

function range(from: number, to: number, n: number): number[] {
  const low = Math.max(0, Math.floor(from - BUFFER)), high = Math.min(n - 1, Math.floor(to + BUFFER));
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => low + i);
}

/** The smallest box around boxes, or null when there is none. */
export function around(boxes: Iterable<Box>): Box | null {
  let all: [number, number, number, number] | null = null;
  for (const [w, s, e, n] of boxes) {
    all = all ? [Math.min(all[0], w), Math.min(all[1], s), Math.max(all[2], e), Math.max(all[3], n)] : [w, s, e, n];
  }
  return all;
}
