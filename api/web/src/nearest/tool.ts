// Ways to name a place on the map: the right button, a long press, and a tool that waits for the next click.

import type { LngLat, Map as MapLibre, MapTouchEvent } from 'maplibre-gl';
import { byID, icon, icons, label } from '../dom';
import { onLanguage, t } from '../i18n';

const LONG = 550; // ms of a long press
const STILL = 8; // pixels that a finger may tremble

/** PlaceTool calls chosen with the place. */
export class PlaceTool {
  private on = false;
  private press: ReturnType<typeof setTimeout> | undefined;

  constructor(private map: MapLibre, private chosen: (at: LngLat) => void, private hint: (on: boolean) => void) {
    const button = byID('nearest-button');
    button.append(icon(icons.nearest));
    button.addEventListener('click', () => this.turn(!this.on));
    map.on('contextmenu', (e) => {
      e.preventDefault();
      clearTimeout(this.press); // some browsers tell a long press so
      this.done(e.lngLat);
    });
    map.on('touchstart', (e) => this.touched(e));
    for (const end of ['touchend', 'touchcancel', 'movestart'] as const) map.on(end, () => clearTimeout(this.press));
    onLanguage(() => label(button, t('nearest.tool')));
  }

  /** Takes a click if the tool waits for one. */
  take(at: LngLat): boolean {
    if (!this.on) return false;
    this.done(at);
    return true;
  }

  /** Lays the tool down, and tells whether it was in hand. */
  drop(): boolean {
    const was = this.on;
    this.turn(false);
    return was;
  }

  private done(at: LngLat): void {
    this.turn(false);
    this.chosen(at.wrap());
  }

  private turn(on: boolean): void {
    if (on === this.on) return;
    this.on = on;
    byID('nearest-button').setAttribute('aria-pressed', String(on));
    document.body.classList.toggle('placing', on);
    this.hint(on);
  }

  private touched(e: MapTouchEvent): void {
    clearTimeout(this.press);
    if (e.points.length !== 1) return;
    const { point, lngLat } = e;
    const moved = (m: MapTouchEvent) => m.point.dist(point) > STILL && clearTimeout(this.press);
    this.map.on('touchmove', moved);
    this.press = setTimeout(() => this.done(lngLat), LONG);
    this.map.once('touchend', () => this.map.off('touchmove', moved));
  }
}
