// The bottom of the map: scale bar, pointer position, zoom, and the buttons for zoom and north.

import type { LngLat, Map as MapLibre } from 'maplibre-gl';
import { byID, icon, icons, label } from './dom';
import { coordinates, distance, number } from './format';
import { onLanguage, t } from './i18n';

/** A scale's round length in metres that fits into the width, and its share of it. */
export function scale(metersInWidth: number): { length: number; share: number } {
  const power = 10 ** Math.floor(Math.log10(metersInWidth));
  const length = [5, 3, 2, 1].map((n) => n * power).find((n) => n <= metersInWidth) ?? power;
  return { length, share: length / metersInWidth };
}

/** Corner follows the map. */
export class Corner {
  private at: LngLat;

  constructor(private map: MapLibre, private home: () => void, private say: (message: string) => void) {
    this.at = map.getCenter();
    map.on('move', () => this.draw());
    map.on('resize', () => this.draw());
    map.on('mousemove', (e) => this.point(e.lngLat));
    map.on('mouseout', () => this.point(map.getCenter()));
    byID('coordinates').addEventListener('click', () => this.copy());
    this.button('zoom-in', icons.plus, () => map.zoomIn());
    this.button('zoom-out', icons.minus, () => map.zoomOut());
    this.button('north', icons.north, () => map.easeTo({ bearing: 0, pitch: 0 }));
    this.button('home', icons.home, () => this.home());
    onLanguage(() => this.reword());
  }

  private button(id: string, path: string, act: () => void): void {
    byID(id).append(icon(path));
    byID(id).addEventListener('click', act);
  }

  private reword(): void {
    label(byID('zoom-in'), t('zoom.in'));
    label(byID('zoom-out'), t('zoom.out'));
    label(byID('north'), t('north'));
    label(byID('home'), t('home'));
    byID('coordinates').title = t('corner.coordinates');
    this.draw();
  }

  private point(at: LngLat): void {
    this.at = at.wrap();
    byID('coordinates').textContent = coordinates(this.at.lng, this.at.lat);
  }

  private copy(): void {
    void navigator.clipboard?.writeText(coordinates(this.at.lng, this.at.lat)).then(() => this.say(t('corner.copied')), () => undefined);
  }

  private draw(): void {
    const { map } = this, bar = byID('scale'), wide = bar.parentElement?.clientWidth ?? 160;
    const y = map.getContainer().clientHeight / 2, x = map.getContainer().clientWidth / 2;
    const meters = map.unproject([x - wide / 2, y]).distanceTo(map.unproject([x + wide / 2, y]));
    const { length, share } = scale(meters || 1), words = distance(length);
    bar.style.width = `${Math.round(share * wide)}px`;
    byID('scale-words').textContent = words;
    bar.setAttribute('aria-label', t('corner.scale', { length: words }));
    byID('zoom').textContent = `${t('corner.zoom')} ${number(map.getZoom(), 1)}`;
    byID('north').style.setProperty('--bearing', `${-map.getBearing()}deg`);
    byID('north').hidden = Math.abs(map.getBearing()) < 0.5 && map.getPitch() < 0.5;
    if (!map.getContainer().matches(':hover')) this.point(map.getCenter());
  }
}
