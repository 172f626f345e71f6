// Lines of sight on the wall: the ground that a camera sees, and the buildings that overlook a protected place.

import { ask, type Feature, type LayerDef } from '../api';
import type { Choice } from '../card';
import { icons } from '../dom';
import { distance, number } from '../format';
import { t, type Key } from '../i18n';
import type { WardMap } from '../map';
import { around, type Box } from '../tilemath';
import { pointsOf } from '../outline';
import { reason } from '../reason';

/** A Look is a button of a card. */
export interface Look { id: string; icon: string; words: string; act(): void }

const EYES = 1.6, MOUNT = 4; // m: of who stands at a place, and of a camera whose height nobody wrote down
const RADIUS = 300; // m around a place

const COVERS: Record<string, Key> = { yes: 'sight.covers.yes', no: 'sight.covers.no', unknown: 'sight.covers.unknown' };

type Sees = 'viewshed' | 'overlook';

/** What sight needs of the wall. */
export interface Surroundings {
  /** The layer of bodies that hide; null when there is none. */
  bodies(): string | null;
  /** The layer of cameras; null when there is none. */
  cameras(): string | null;
  /** Lets the reader choose among features. */
  list(choices: Choice[], heading: string): void;
  marked(ids: { layer: string; ids: string[] } | null): void;
  say(message: string): void;
}

/** Sight shows one answer at a time, as long as the card of what was asked about is open. */
export class Sight {
  private asking: AbortController | null = null;

  constructor(private map: WardMap, private wall: Surroundings) {}

  /** The buttons for a feature. */
  looks(feature: Feature, def: LayerDef | undefined): Look[] {
    const at = placeOf(feature), bodies = this.wall.bodies(), cameras = this.wall.cameras();
    const out: Look[] = [];
    if (at && cameras && !camera(feature) && def?.group !== 'base') out.push({ id: 'card-watching', icon: icons.camera, words: t('sight.watching'), act: () => void this.watching(cameras, at) });
    if (!at || !bodies) return out;
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

  /** Lists the cameras that see a place, and those near it that do not. */
  private async watching(cameras: string, at: [number, number]): Promise<void> {
    this.clear();
    const asking = (this.asking = new AbortController());
    try {
      const got = await ask<GeoJSON.FeatureCollection>(`/scenes/${encodeURIComponent(cameras)}/watching?at=${at.join(',')},${EYES}&radius=${RADIUS}&limit=30`, asking.signal);
      if (asking.signal.aborted) return;
      const seeing = got.features.filter((f) => f.properties?.covers === 'yes').length;
      this.wall.say(t('sight.watching.said', { count: number(seeing), near: number(got.features.length), radius: distance(RADIUS) }));
      if (got.features.length) this.wall.list(got.features.map((f): Choice => ({ layer: cameras, id: String(f.id), name: String(f.properties?.name ?? f.id), kind: `${t(COVERS[String(f.properties?.covers)] ?? 'sight.covers.unknown')} · ${distance(Number(f.properties?.distance))}` })), t('sight.watching'));
    } catch (err) {
      if (!asking.signal.aborted) this.wall.say(t('sight.failed', { reason: reason(err) }));
    }
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
