// The branch of the layer tree that switches what moves: one layer for each class, and their labels.

import type { GroupDef, LayerDef } from '../api';
import { number } from '../format';
import { both, t } from '../i18n';
import type { Legend, Swatch } from '../legend';
import type { Count } from '../tree';
import type { Counts } from './store';
import { CLASS_TITLES, CLASSES, LOOKS, type Class, type Look } from './unit';

export const LABELS = 'live_labels';
export const layerOfClass = (of: Class): string => `live_${of}`;

/** The group stands above all others. */
export const group: GroupDef = { id: 'live', title: both('live.title'), order: -1 };

/** Layers as the catalogue would define them. */
export const layers: LayerDef[] = [
  ...CLASSES.map((of, i) => layer(layerOfClass(of), i, CLASS_TITLES[of])),
  layer(LABELS, CLASSES.length, 'live.labels'),
];

/** Legends: what the colours of signs mean. */
export function legends(): ReadonlyMap<string, Legend> {
  const looks = Object.keys(LOOKS) as Look[];
  const of = (kind: Class): Legend => ({
    swatch: swatch(kind, 'available'),
    entries: [
      ...looks.map((look) => ({ value: { value: look, title: both(LOOKS[look].title) }, swatch: swatch(kind, look) })),
      { value: { value: 'stale', title: both('live.stale') }, swatch: swatch(kind, 'available', true) },
    ],
  });
  return new Map<string, Legend>([...CLASSES.map((kind) => [layerOfClass(kind), of(kind)] as const), [LABELS, { swatch: { shape: 'letter', color: '#f1f6fa', letter: 'A' }, entries: [] }]]);
}

/** What stands beside each layer: how many report, and how many do not any more. */
export function told(counts: Counts): ReadonlyMap<string, Count> {
  return new Map(CLASSES.map((of) => {
    const fresh = number(counts[of].fresh), stale = number(counts[of].stale);
    return [layerOfClass(of), { number: counts[of].stale ? `${fresh} + ${stale}` : fresh, words: t('live.units', { fresh, stale }) }];
  }));
}

function layer(id: string, order: number, title: Parameters<typeof both>[0]): LayerDef {
  return { id, group: 'live', title: both(title), geometry: 'point', properties: [], minzoom: 0, maxzoom: 24, order };
}

function swatch(kind: Class, look: Look, stale = false): Swatch {
  return { shape: 'sign', color: LOOKS[look].color, sign: { class: kind, look, stale } };
}
