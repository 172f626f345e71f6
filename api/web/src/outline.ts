// The outline of a feature on the screen. A tile holds only its own piece of a feature, cut a little outside the
// tile: the cut edges are no part of the feature. Here pieces become lines that are clipped at the tile's true
// edge, where the neighbour's piece goes on. Pure functions.

import { project, type Square, type TileID } from './tilemath';

type Line = [number, number][];

/** Lines of one piece of a feature, in degrees, without the edges that the tile cut. */
export function outline(geometry: GeoJSON.Geometry, tile: TileID): Line[] {
  return linesOf(geometry).flatMap((line) => clip(line, tile));
}

/** Tells whether the piece reaches the edge of its tile, so that neighbours may hold more of the feature. */
export function leavesTile(geometry: GeoJSON.Geometry, tile: TileID): boolean {
  return linesOf(geometry).some((line) => line.some((p) => !inside(local(p, tile))));
}

/** All lines and rings of a geometry. */
export function linesOf(geometry: GeoJSON.Geometry): Line[] {
  switch (geometry.type) {
    case 'LineString': return [geometry.coordinates as Line];
    case 'MultiLineString': case 'Polygon': return geometry.coordinates as Line[];
    case 'MultiPolygon': return (geometry.coordinates as Line[][]).flat();
    case 'GeometryCollection': return geometry.geometries.flatMap(linesOf);
    default: return [];
  }
}

/** All points of a geometry. */
export function pointsOf(g: GeoJSON.Geometry): [number, number][] {
  if (g.type === 'Point') return [g.coordinates as [number, number]];
  if (g.type === 'MultiPoint') return g.coordinates as [number, number][];
  if (g.type === 'GeometryCollection') return g.geometries.flatMap(pointsOf);
  return linesOf(g).flat();
}

function local(p: [number, number], tile: TileID): Square {
  const [x, y] = project(p[0], p[1]), n = 2 ** tile.z;
  return [x * n - tile.x, y * n - tile.y];
}

const inside = ([x, y]: Square): boolean => x >= 0 && x <= 1 && y >= 0 && y <= 1;

function clip(line: Line, tile: TileID): Line[] {
  const out: Line[] = [];
  let open: Line = [];
  const close = () => {
    if (open.length > 1) out.push(open);
    open = [];
  };
  for (let i = 1; i < line.length; i++) {
    const from = line[i - 1] as [number, number], to = line[i] as [number, number];
    const part = segment(local(from, tile), local(to, tile));
    if (!part) {
      close();
      continue;
    }
    const at = (t: number): [number, number] => [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t];
    if (part[0] > 0 || !open.length) {
      close();
      open.push(at(part[0]));
    }
    open.push(at(part[1]));
    if (part[1] < 1) close();
  }
  close();
  return out;
}

/** Liang-Barsky: the part of a segment within the unit square, as two fractions of its length. */
function segment(a: Square, b: Square): [number, number] | null {
  let from = 0, to = 1;
  for (const axis of [0, 1] as const) {
    const d = b[axis] - a[axis];
    if (d === 0) {
      if (a[axis] < 0 || a[axis] > 1) return null;
      continue;
    }
    const enter = ((d > 0 ? 0 : 1) - a[axis]) / d, leave = ((d > 0 ? 1 : 0) - a[axis]) / d;
    from = Math.max(from, enter);
    to = Math.min(to, leave);
  }
  return from < to ? [from, to] : null;
}
