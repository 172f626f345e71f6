// The colour of a body: what the layer's style says of its polygons, or of its points where it has none, so that 2D and 3D have one style and one legend.

import { createPropertyExpression, latest } from '@maplibre/maplibre-gl-style-spec';
import type { LayerSpecification } from 'maplibre-gl';
import { layerOf } from '../mapstyle';

export type RGB = [number, number, number]; // 0 to 1, sRGB

/** What a tile knows of a body. */
export type Properties = Record<string, unknown>;

const USUAL: RGB = [0.2, 0.27, 0.37];

/** Makes the function that colours the bodies of a layer; zoom is where the style is asked. */
export function tint(layer: string, drawn: LayerSpecification[], zoom = 17): (properties: Properties) => RGB {
  const own = drawn.filter((l) => layerOf(l) === layer);
  const fill = own.find((l) => l.type === 'fill' || l.type === 'fill-extrusion') ?? own.find((l) => l.type === 'circle');
  const kind = fill?.type ?? 'fill', type = kind === 'circle' ? 'Point' : 'Polygon';
  const paint = (fill?.paint ?? {}) as Record<string, unknown>, wanted = paint[`${kind}-color`];
  const spec = (latest as unknown as Record<string, Record<string, never>>)[`paint_${kind}`]?.[`${kind}-color`];
  if (wanted === undefined || !spec) return () => USUAL;
  const made = createPropertyExpression(wanted, `${kind}-color`, spec);
  if (made.result === 'error') {
    const fixed = typeof wanted === 'string' ? css(wanted) : null;
    return () => fixed ?? USUAL;
  }
  return (properties) => {
    const got = made.value.evaluate({ zoom }, { type, properties } as never) as { r: number; g: number; b: number; a: number } | null;
    return got && got.a > 0 ? [got.r / got.a, got.g / got.a, got.b / got.a] : USUAL;
  };
}

/** A colour written as #rrggbb, null for any other. */
export function css(text: string): RGB | null {
  const digits = /^#([0-9a-f]{6})/i.exec(text)?.[1];
  return digits ? [0, 2, 4].map((i) => parseInt(digits.slice(i, i + 2), 16) / 255) as RGB : null;
}
