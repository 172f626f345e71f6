// Which features lie under the pointer, the most telling first: points, then lines, then areas from small to
// large. The ground (the group drawn lowest) comes last in a list and is not lit by hovering.

import type { Map as MapLibre, MapGeoJSONFeature, Point } from 'maplibre-gl';
import { around, type Box, type TileID } from './tilemath';
import { leavesTile, linesOf, outline } from './outline';
import { isName, layerOf } from './mapstyle';

/** A feature as tiles show it: enough for a list and a mark. */
export interface Picked { layer: string; id: string; name: string; source: string; feature: MapGeoJSONFeature }

/** The features within slack pixels of a point, without repetitions. */
export function pick(map: MapLibre, at: Point, slack: number, called: (layer: string, properties: Record<string, unknown>) => string, ground: ReadonlySet<string>): Picked[] {
  const box: [[number, number], [number, number]] = [[at.x - slack, at.y - slack], [at.x + slack, at.y + slack]];
  const found = new Map<string, Picked>();
  for (const feature of map.queryRenderedFeatures(box)) {
    const layer = layerOf(feature.layer as never);
    const id = idOf(feature);
    if (!layer || id === null) continue;
    const known = found.get(`${layer}/${id}`);
    if (known && (isName(feature) || !isName(known.feature))) continue; // an area tells more than the point of its name
    found.set(`${layer}/${id}`, { layer, id, name: called(layer, feature.properties), source: feature.source, feature });
  }
  const rank = (p: Picked) => (ground.has(p.layer) ? 10 : 0) + dimension(p.feature.geometry);
  return [...found.values()].map((p) => ({ p, rank: rank(p), size: size(p.feature.geometry) }))
    .sort((a, b) => a.rank - b.rank || a.size - b.size).map((one) => one.p);
}

/** The text id of a feature in a tile, as the tiles' contract has it. */
export function idOf(feature: { id?: string | number | undefined; properties: Record<string, unknown> }): string | null {
  if (feature.properties.id !== undefined) return String(feature.properties.id);
  return feature.id === undefined ? null : String(feature.id);
}

/** Tells whether a feature lies on the ground, where a body may hide it: lines and areas. Signs and names stand above. */
export function onGround(picked: Picked): boolean {
  return dimension(picked.feature.geometry) > 0;
}

function dimension(g: GeoJSON.Geometry): number {
  return g.type.endsWith('Point') ? 0 : g.type.endsWith('LineString') ? 1 : 2;
}

function size(g: GeoJSON.Geometry): number {
  const box = around(linesOf(g).flat().map(([x, y]): Box => [x, y, x, y]));
  return box ? (box[2] - box[0]) * (box[3] - box[1]) : 0;
}

/** What to mark for a picked feature: its point, or its outline from all tiles that hold a piece of it. */
export function markOf(map: MapLibre, picked: Picked): GeoJSON.Geometry {
  const g = picked.feature.geometry;
  const named = isName(picked.feature);
  if (dimension(g) === 0 && !named) return g;
  const own = tileOf(picked.feature);
  const pieces = named || leavesTile(g, own) ? piecesOf(map, picked) : [picked.feature];
  if (pieces.length === 0) return g;
  return { type: 'MultiLineString', coordinates: pieces.flatMap((piece) => outline(piece.geometry, tileOf(piece))) };
}

/** Pieces of the shown zoom: loaded tiles of other zooms would draw the same edge twice. */
function piecesOf(map: MapLibre, picked: Picked): MapGeoJSONFeature[] {
  const own = picked.feature;
  const filter: never = (own.properties.id !== undefined ? ['==', ['get', 'id'], own.properties.id] : ['==', ['id'], own.id]) as never;
  const all = map.querySourceFeatures(picked.source, { sourceLayer: picked.layer, filter }) as MapGeoJSONFeature[];
  const z = tileOf(own).z;
  return all.filter((piece) => tileOf(piece).z === z);
}

function tileOf(feature: MapGeoJSONFeature): TileID {
  return { z: feature._z, x: feature._x, y: feature._y };
}
