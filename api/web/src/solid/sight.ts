// Lines of sight on the wall: the ground that a camera sees, and the buildings that overlook a protected place.

import { ask, type Feature, type LayerDef } from '../api';
import { icons } from '../dom';
import { distance, number } from '../format';
import { t } from '../i18n';
import type { WardMap } from '../map';
import { around, type Box } from '../tilemath';
import { pointsOf } from '../outline';
import { reason } from '../reason';

/** A Look is a button of a card. */
export interface Look { id: string; icon: string; words: string; act(): void }

const EYES = 1.6, MOUNT = 4; // m: of who stands at a place, and of a camera whose height nobody wrote down
const RADIUS = 300; // m around a place

type Sees = 'viewshed' | 'overlook';

/** What sight needs of the wall. */
export interface Surroundings {
  /** The layer of bodies that hide; null when there is none. */
  bodies(): string | null;
  marked(ids: { layer: string; ids: string[] } | null): void;
  say(message: string): void;
}

/** Sight shows one answer at a time, as long as the card of what was asked about is open. */
export class Sight {
  private asking: AbortController | null = null;

  constructor(private map: WardMap, private wall: Surroundings) {}

  /** The buttons for a feature. */
  looks(feature: Feature, def: LayerDef | undefined): Look[] {
    const at = placeOf(feature), bodies = this.wall.bodies();
    if (!at || !bodies) return [];
    const out: Look[] = [];
    if (camera(feature)) out.push({ id: 'card-viewshed', icon: icons.eye, words: t('sight.viewshed'), act: () => void this.show('viewshed', bodies, viewshed(feature, at)) });
    if (def?.group === 'protected') out.push({ id: 'card-overlook', icon: icons.eye, words: t('sight.overlook'), act: () => void this.show('overlook', bodies, `at=${at.join(',')},${EYES}&radius=${RADIUS}`) });
    return out;
  }

  /** Takes away what is shown. */
  clear(): void {
    this.asking?.abort();
    this.map.markSeen(null);
    this.wall.marked(null);
  }

  private async show(what: Sees, bodies: string, query: string): Promise<void> {
    this.clear();
    const asking = (this.asking = new AbortController());
    try {
      const got = await ask<GeoJSON.Feature | GeoJSON.FeatureCollection>(`/scenes/${encodeURIComponent(bodies)}/${what}?${query}`, asking.signal);
      if (asking.signal.aborted) return;
      this.map.markSeen(got);
      if (got.type === 'Feature') return this.wall.say(t('sight.viewshed.said', { share: number(100 * Number(got.properties?.share), 0) }));
      this.wall.marked({ layer: bodies, ids: got.features.map((f) => String(f.id)) });
      const windows = got.features.reduce((n, f) => n + Number(f.properties?.windows), 0);
      this.wall.say(t('sight.overlook.said', { count: number(got.features.length), windows: number(windows), radius: distance(RADIUS) }));
    } catch (err) {
      if (!asking.signal.aborted) this.wall.say(t('sight.failed', { reason: reason(err) }));
    }
  }
}

function camera(f: Feature): boolean {
  return f.geometry?.type === 'Point' && ['azimuth', 'view_angle', 'view_distance'].every((name) => typeof f.properties[name] === 'number');
}

function viewshed(f: Feature, at: [number, number]): string {
  const { azimuth, view_angle: angle, view_distance: far, mount_height: height } = f.properties;
  return `at=${at.join(',')},${height || MOUNT}&azimuth=${azimuth}&angle=${angle}&distance=${Math.min(Number(far), 2000)}`;
}

/** The middle of a feature. */
function placeOf(f: Feature): [number, number] | null {
  const box = f.geometry && around(pointsOf(f.geometry).map(([x, y]): Box => [x, y, x, y]));
  return box ? [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] : null;
}
