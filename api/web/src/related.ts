// What belongs together: the entrances, key points, floors and inspections of a protected unit, and the units whose
// ground an incident lies on. Layers say it by their properties: what belongs to a unit names its layer and id.

import { ask, INCIDENTS, type Feature, type LayerDef } from './api';
import type { Choice } from './card';
import { icons } from './dom';
import { called } from './format';
import { t, text } from './i18n';
import { reason } from './reason';
import type { Look } from './solid/sight';

/** What is asked of the wall. */
export interface Surroundings {
  layers(): readonly LayerDef[];
  list(choices: Choice[], heading: string): void;
  say(message: string): void;
}

const PROTECTED = 'protected', MOST = 60;
const belongs = (def: LayerDef): boolean => ['unit', 'unit_layer'].every((name) => def.properties.some((p) => p.name === name));

/** Related makes buttons for cards. */
export class Related {
  constructor(private wall: Surroundings) {}

  looks(feature: Feature, def: LayerDef | undefined): Look[] {
    if (!def) return [];
    if (def.group === PROTECTED && !belongs(def)) return [{ id: 'card-related', icon: icons.list, words: t('related.parts'), act: () => void this.parts(feature, def) }];
    const at = feature.geometry?.type === 'Point' ? feature.geometry.coordinates : null;
    if (def.id === INCIDENTS && at) return [{ id: 'card-inside', icon: icons.home, words: t('related.inside'), act: () => void this.inside(at) }];
    return [];
  }

  private parts(feature: Feature, def: LayerDef): Promise<void> {
    const of = this.wall.layers().filter(belongs);
    return this.show(of, (one) => `/collections/${one.id}/items?unit_layer=${encodeURIComponent(def.id)}&unit=${encodeURIComponent(feature.id)}&limit=${MOST}`, t('related.parts'), t('related.noparts'));
  }

  private inside([lon, lat]: GeoJSON.Position): Promise<void> {
    const of = this.wall.layers().filter((one) => one.group === PROTECTED && !belongs(one) && one.geometry !== 'point');
    return this.show(of, (one) => `/collections/${one.id}/items?bbox=${[lon, lat, lon, lat].join(',')}&limit=${MOST}`, t('related.inside'), t('related.outside'));
  }

  private async show(of: LayerDef[], address: (def: LayerDef) => string, heading: string, nothing: string): Promise<void> {
    try {
      const pages = await Promise.all(of.map(async (def) => ({ def, features: (await ask<{ features: Feature[] }>(address(def))).features })));
      const choices = pages.flatMap(({ def, features }) => features.map((f): Choice => ({ layer: def.id, id: String(f.id), name: called(def, f.properties), kind: text(def.title) })));
      if (choices.length) this.wall.list(choices, heading);
      else this.wall.say(nothing);
    } catch (err) {
      this.wall.say(t('related.failed', { reason: reason(err) }));
    }
  }
}
