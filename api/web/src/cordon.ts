// A cordon with one click: the fewest exits that close every way out around an incident, and who is at each in time. It is
// drawn as long as its list stands, and kept nowhere.

import { ask, INCIDENTS, type Feature, type LayerDef } from './api';
import type { Choice } from './card';
import { icons } from './dom';
import { travel } from './format';
import { t } from './i18n';
import { reason } from './reason';
import type { Look } from './solid/sight';

interface Exit { kind: string; road?: string; seconds?: number; closed?: boolean; late?: number; unit?: { id: string; name: string; seconds: number } }
type Answer = GeoJSON.FeatureCollection<GeoJSON.Geometry | null, Exit> & { exits: number; open: number; limit: number; tight: boolean };

/** What is asked of the wall. */
export interface Surroundings {
  /** Whether who looks may send units. */
  sends(): boolean;
  list(choices: Choice[], heading: string): void;
  draw(what: GeoJSON.FeatureCollection): void;
  look(at: GeoJSON.Position): void;
  /** Shows all of these places in one view. */
  frame(points: GeoJSON.Position[]): void;
  say(message: string): void;
}

const CLOSED = 'closed';

/** Cordons makes the button of open incidents. */
export class Cordons {
  constructor(private wall: Surroundings) {}

  looks(feature: Feature, def: LayerDef | undefined): Look[] {
    if (def?.id !== INCIDENTS || feature.properties['state'] === CLOSED || !this.wall.sends()) return [];
    return [{ id: 'card-cordon', icon: icons.target, words: t('cordon.button'), act: () => void this.show(feature) }];
  }

  private async show(feature: Feature): Promise<void> {
    const incident = feature.id;
    this.wall.say(t('cordon.busy'));
    try {
      const got = await ask<Answer>(`/cordon?incident=${encodeURIComponent(incident)}${elapsed(feature)}`);
      const exits = got.features.filter((f) => f.properties.kind === 'exit'), minutes = travel(got.limit);
      this.wall.list(exits.map((f) => this.choice(incident, f)), t('cordon.heading', { count: String(got.exits), minutes }));
      this.wall.draw({ type: 'FeatureCollection', features: got.features.filter((f) => f.geometry) as GeoJSON.Feature[] });
      this.wall.frame(exits.flatMap((f) => (f.geometry?.type === 'Point' ? [f.geometry.coordinates] : [])));
      this.wall.say(got.exits === 0 ? t('cordon.none') : t(got.open ? 'cordon.open' : 'cordon.closed', { count: String(got.exits), open: String(got.open), minutes }));
    } catch (err) {
      this.wall.say(t('cordon.failed', { reason: reason(err) }));
    }
  }

  private choice(incident: string, f: GeoJSON.Feature<GeoJSON.Geometry | null, Exit>): Choice {
    const { road, seconds = 0, closed, late = 0, unit } = f.properties, at = f.geometry?.type === 'Point' ? f.geometry.coordinates : null;
    const kind = closed && unit ? t('cordon.who', { unit: unit.name || unit.id, time: travel(unit.seconds), before: travel(seconds) }) : unit ? t('cordon.late', { unit: unit.name || unit.id, time: travel(late) }) : t('cordon.nobody');
    return { layer: INCIDENTS, id: incident, name: road || t('cordon.road'), kind, swatch: { shape: 'dot', color: closed ? '#4fd18b' : '#ff4d4f' }, open: () => at && this.wall.look(at) };
  }
}

/** The server counts from when an incident was reported; where nobody wrote that down, from when it became what it is. */
function elapsed({ properties: p }: Feature): string {
  const since = Date.parse(String(p['since'] ?? ''));
  return p['reported_at'] || Number.isNaN(since) ? '' : `&elapsed=${Math.max(60, Math.round((Date.now() - since) / 1000))}`;
}
