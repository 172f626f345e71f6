// What a layer looks like, read from its style: a small picture for the tree, and one per member of the
// enumeration that colours it. Pure functions over the style document.

import type { LayerSpecification } from 'maplibre-gl';
import type { Enumerated, LayerDef } from './api';
import type { Sign } from './units/badge';

/** A Swatch is the small picture of a layer; with the shape "sign" it is the one of a unit. */
export interface Swatch { shape: 'fill' | 'line' | 'dot' | 'letter' | 'sign'; color: string; edge?: string; letter?: string; dashed?: boolean; sign?: Sign }

/** A Legend is a layer's swatch and, when a property colours the layer, one entry for each of its values. */
export interface Legend { swatch: Swatch; property?: string; entries: { value: Enumerated; swatch: Swatch }[] }

const COLOR = /^(#[0-9a-f]{3,8}|rgba?\(|hsla?\()/i;

type Paint = Record<string, unknown>;

/** Reads the legend of a layer from the style layers that draw it. */
export function legend(def: LayerDef, drawn: LayerSpecification[]): Legend {
  const swatch = picture(drawn);
  const property = def.properties.find((p) => p.values?.some((v) => v.color) && drawn.some((layer) => colours(layer, p.name)));
  if (!property) return { swatch, entries: [] };
  const entries = (property.values ?? []).filter((v) => v.color).map((value) => ({ value, swatch: tinted(swatch, value.color ?? '') }));
  const distinct = new Set(entries.map((entry) => entry.value.color)).size;
  // The first value is the usual one; what an expression falls back to is the unusual one.
  return distinct > 1 ? { swatch: entries[0]?.swatch ?? swatch, property: property.name, entries } : { swatch, entries: [] };
}

function tinted(swatch: Swatch, color: string): Swatch {
  const out: Swatch = { ...swatch, color };
  if (swatch.shape !== 'line' && out.edge) out.edge = color;
  return out;
}

/** Tells whether the layer's colour depends on the property. */
function colours(layer: LayerSpecification, name: string): boolean {
  const paint = (layer.paint ?? {}) as Paint;
  return Object.entries(paint).some(([key, v]) => key.endsWith('-color') && reads(v, name));
}

function reads(expression: unknown, name: string): boolean {
  if (!Array.isArray(expression)) return false;
  if (expression[0] === 'get' && expression[1] === name) return true;
  return expression.some((part) => reads(part, name));
}

/** The picture of the most telling style layer: letters on dots, dots, areas with their edge, lines, bare letters. */
function picture(drawn: LayerSpecification[]): Swatch {
  const dot = pick(drawn, 'circle', brightest), fill = pick(drawn, 'fill', first) ?? pick(drawn, 'fill-extrusion', first);
  const line = pick(drawn, 'line', brightest);
  const letter = drawn.map(fixedLetter).find((one) => one !== null);
  if (dot) {
    const swatch: Swatch = { shape: 'dot', color: color(dot, 'circle-color') ?? '#8899aa' };
    const edge = color(dot, 'circle-stroke-color');
    if (edge) swatch.edge = edge;
    if (letter) swatch.letter = letter;
    return swatch;
  }
  if (fill) {
    const edge = line ? color(line, 'line-color') : color(fill, 'fill-outline-color');
    const body = color(fill, 'fill-color') ?? color(fill, 'fill-extrusion-color') ?? '#8899aa';
    return edge ? { shape: 'fill', color: body, edge } : { shape: 'fill', color: body };
  }
  if (line) {
    const dashed = Boolean((line.paint as Paint | undefined)?.['line-dasharray']);
    return { shape: 'line', color: color(line, 'line-color') ?? '#8899aa', ...(dashed ? { dashed } : {}) };
  }
  const label = drawn.find((layer) => layer.type === 'symbol');
  return { shape: 'letter', color: (label && color(label, 'text-color')) ?? '#8899aa', letter: letter ?? 'A' };
}

function pick(drawn: LayerSpecification[], type: string, how: (of: LayerSpecification[]) => LayerSpecification | undefined) {
  return how(drawn.filter((layer) => layer.type === type));
}

const first = (of: LayerSpecification[]): LayerSpecification | undefined => of[0];

/** Halos and glows lie under the thing itself: the one that is not blurred tells most. */
function brightest(of: LayerSpecification[]): LayerSpecification | undefined {
  const sharp = of.filter((layer) => !((layer.paint ?? {}) as Paint)[`${layer.type}-blur`]);
  return sharp.at(-1) ?? of.at(-1);
}

/** A symbol layer that writes one or two fixed letters on every feature, like a sign, if only from far. */
function fixedLetter(layer: LayerSpecification): string | null {
  if (layer.type !== 'symbol') return null;
  let field: unknown = layer.layout?.['text-field'];
  if (Array.isArray(field) && field[0] === 'step') field = field[2];
  return typeof field === 'string' && !field.includes('{') && [...field].length <= 2 && field.trim() ? field : null;
}

function color(layer: LayerSpecification, key: string): string | null {
  return colorIn(((layer.paint ?? {}) as Paint)[key]);
}

/** The colour that stands for an expression: itself, or the one it falls back to, which stands last. */
export function colorIn(value: unknown): string | null {
  if (typeof value === 'string') return COLOR.test(value) ? value : null;
  if (!Array.isArray(value)) return null;
  for (let i = value.length - 1; i > 0; i--) {
    const found = colorIn(value[i]);
    if (found) return found;
  }
  return null;
}
