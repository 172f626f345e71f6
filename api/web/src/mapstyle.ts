// The server's style made ready for the wall: switched layers, fonts, and the wall's own marks on top.
// Pure but for the fonts that it is given.

import type { FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';

/** Sources of the wall's own marks. */
export const HOVER = 'wall-hover', OPEN = 'wall-open';
const NOTHING: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

/** Colours of the marks. They stand on the map, not in the page, so they are no style sheet's variables. */
const HOVER_COLOR = '#ffffff', OPEN_COLOR = '#ffd24a', CASING = '#05080d';

/** Readies a style. open is what the card shows, so that a new style keeps its mark. */
export function ready(style: StyleSpecification, shown: (layer: string) => boolean, faces: StyleSpecification['font-faces'], open: GeoJSON.GeoJSON | null): StyleSpecification {
  return {
    ...style,
    ...(faces && Object.keys(faces).length ? { 'font-faces': faces } : {}),
    sources: { ...style.sources, [HOVER]: marks(null), [OPEN]: marks(open) },
    layers: [...style.layers.map((layer) => switched(layer, shown)), ...markLayers(OPEN, OPEN_COLOR, 3), ...markLayers(HOVER, HOVER_COLOR, 2)],
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
