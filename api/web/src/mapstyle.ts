// The server's style made ready for the wall: switched layers, fonts, and the wall's own marks on top.
// Pure but for the fonts that it is given.

import type { FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';

/** Sources of the wall's own marks. */
export const HOVER = 'wall-hover', OPEN = 'wall-open', WAY = 'wall-way', SEEN = 'wall-seen';
const NOTHING: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

/** Colours of the marks. They stand on the map, not in the page, so they are no style sheet's variables. */
const HOVER_COLOR = '#ffffff', OPEN_COLOR = '#ffd24a', WAY_COLOR = '#5cc8e6', SEEN_COLOR = '#7cf0b4', OVERLOOK_COLOR = '#ff9d5c', CASING = '#05080d';

/** What the marks show, so that a new style keeps them. */
export interface Marked { open: GeoJSON.GeoJSON | null; way: GeoJSON.GeoJSON | null; seen?: GeoJSON.GeoJSON | null }

/** Readies a style. */
export function ready(style: StyleSpecification, shown: (layer: string) => boolean, faces: StyleSpecification['font-faces'], marked: Marked): StyleSpecification {
  return {
    ...style,
    ...(faces && Object.keys(faces).length ? { 'font-faces': faces } : {}),
    sources: { ...style.sources, [SEEN]: marks(marked.seen ?? null), [WAY]: marks(marked.way), [HOVER]: marks(null), [OPEN]: marks(marked.open) },
    layers: [...under(style.layers.map((layer) => switched(layer, shown)), seenLayers()), ...wayLayers(), ...markLayers(OPEN, OPEN_COLOR, 3), ...markLayers(HOVER, HOVER_COLOR, 2)],
  };
}

/** Tiles carry the names of polygons on a layer of their own, one point for each: "beats_label" belongs to "beats". */
const LABELS = /_label$/;

/** The layer of the catalogue that a style layer draws, or null for ground and marks. */
export function layerOf(layer: LayerSpecification): string | null {
  return 'source-layer' in layer && layer['source-layer'] ? layer['source-layer'].replace(LABELS, '') : null;
}

/** Tells whether a feature of a tile is only the point of a polygon's name. */
export function isName(feature: { sourceLayer?: string | undefined }): boolean {
  return LABELS.test(feature.sourceLayer ?? '');
}

/** Which source holds the tiles of each layer. */
export function sourcesOf(style: StyleSpecification): Map<string, string> {
  const out = new Map<string, string>();
  for (const layer of style.layers) {
    const id = layerOf(layer);
    if (id && 'source' in layer && typeof layer.source === 'string') out.set(id, layer.source);
  }
  return out;
}

function switched(layer: LayerSpecification, shown: (layer: string) => boolean): LayerSpecification {
  const id = layerOf(layer);
  if (!id) return layer;
  return { ...layer, layout: { ...layer.layout, visibility: shown(id) ? 'visible' : 'none' } } as LayerSpecification;
}

function marks(data: GeoJSON.GeoJSON | null): SourceSpecification {
  return { type: 'geojson', data: data ?? NOTHING, tolerance: 0.2 };
}

function markLayers(source: string, color: string, width: number): LayerSpecification[] {
  const lines: FilterSpecification = ['!=', ['geometry-type'], 'Point'];
  const points: FilterSpecification = ['==', ['geometry-type'], 'Point'];
  const round = { 'line-join': 'round', 'line-cap': 'round' } as const;
  return [
    { id: `${source}/casing`, type: 'line', source, filter: lines, layout: round, paint: { 'line-color': CASING, 'line-width': width + 3, 'line-opacity': 0.7 } },
    { id: `${source}/line`, type: 'line', source, filter: lines, layout: round, paint: { 'line-color': color, 'line-width': width } },
    ring(source, 'ring-casing', points, CASING, width + 3),
    ring(source, 'ring', points, color, width),
  ];
}

/** Puts layers below all names and signs. */
function under(layers: LayerSpecification[], more: LayerSpecification[]): LayerSpecification[] {
  const at = layers.findIndex((layer) => layer.type === 'symbol' || layer.type === 'circle');
  return at < 0 ? [...layers, ...more] : [...layers.slice(0, at), ...more, ...layers.slice(at)];
}

/** The ground that is seen, and the buildings that overlook a place. */
function seenLayers(): LayerSpecification[] {
  const color: never = ['case', ['has', 'windows'], OVERLOOK_COLOR, SEEN_COLOR] as never;
  return [
    { id: `${SEEN}/fill`, type: 'fill', source: SEEN, paint: { 'fill-color': color, 'fill-opacity': ['case', ['==', ['get', 'kind'], 'ring'], 0.08, 0.3] } },
    { id: `${SEEN}/line`, type: 'line', source: SEEN, paint: { 'line-color': color, 'line-width': 2 } },
    { id: `${SEEN}/exit`, type: 'circle', source: SEEN, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 9, 'circle-color': ['case', ['get', 'closed'], '#4fd18b', '#ff4d4f'], 'circle-stroke-color': CASING, 'circle-stroke-width': 3 } },
  ];
}

/** The nearest units: links, the way of the one that is looked at with its dotted ends, and the place. */
function wayLayers(): LayerSpecification[] {
  const is = (role: string): FilterSpecification => ['==', ['get', 'role'], role];
  const round = { 'line-join': 'round', 'line-cap': 'round' } as const;
  const line = (name: string, role: string, paint: object): LayerSpecification => ({ id: `${WAY}/${name}`, type: 'line', source: WAY, filter: is(role), layout: round, paint });
  return [
    line('link', 'link', { 'line-color': WAY_COLOR, 'line-width': 1.5, 'line-opacity': 0.4, 'line-dasharray': [2, 3] }),
    line('way-casing', 'way', { 'line-color': CASING, 'line-width': 11, 'line-opacity': 0.75 }),
    line('way', 'way', { 'line-color': WAY_COLOR, 'line-width': 6 }),
    line('end-casing', 'end', { 'line-color': CASING, 'line-width': 6, 'line-opacity': 0.7 }),
    line('end', 'end', { 'line-color': OPEN_COLOR, 'line-width': 3, 'line-dasharray': [0.1, 2] }),
    { id: `${WAY}/origin-halo`, type: 'circle', source: WAY, filter: is('origin'), paint: { 'circle-radius': 18, 'circle-color': OPEN_COLOR, 'circle-opacity': 0.22, 'circle-stroke-color': OPEN_COLOR, 'circle-stroke-width': 2.5 } },
    { id: `${WAY}/origin`, type: 'circle', source: WAY, filter: is('origin'), paint: { 'circle-radius': 6, 'circle-color': OPEN_COLOR, 'circle-stroke-color': CASING, 'circle-stroke-width': 2 } },
  ];
}

function ring(source: string, name: string, filter: FilterSpecification, color: string, width: number): LayerSpecification {
  return {
    id: `${source}/${name}`, type: 'circle', source, filter,
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 9, 17, 18], 'circle-opacity': 0,
      'circle-stroke-color': color, 'circle-stroke-width': width, 'circle-stroke-opacity': color === CASING ? 0.7 : 1,
    },
  };
}

const LABEL = ['get', 'name'];

/** A text-field in the reader's language: names get their English form before, where the tiles carry one. */
export function worded(field: unknown, english: boolean): unknown {
  if (!english || JSON.stringify(field)?.includes('name_en')) return field;
  return replaced(field);
}

function replaced(field: unknown): unknown {
  if (!Array.isArray(field)) return field;
  if (JSON.stringify(field) === JSON.stringify(LABEL)) return ['coalesce', ['get', 'name_en'], LABEL];
  return field.map(replaced);
}
