// The district that a place lies in, asked from the server once per place. Places in one street ask once.

import type { Feature, LayerDef } from './api';
import { language } from './i18n';

const LAYER = 'districts';
const DEPTH = ['country', 'province', 'prefecture', 'county', 'district'];

/** Districts answers from memory where it can. */
export class Districts {
  private known = new Map<string, Promise<string>>();

  constructor(private layer: (id: string) => LayerDef | undefined) {}

  /** The name of the smallest district around the place, or "". */
  async at(lon: number, lat: number): Promise<string> {
    if (!this.layer(LAYER)) return '';
    const key = `${language()},${lon.toFixed(3)},${lat.toFixed(3)}`;
    let asked = this.known.get(key);
    if (!asked) {
      asked = this.ask(lon, lat);
      asked.catch(() => this.known.delete(key));
      if (this.known.size > 500) this.known.clear();
      this.known.set(key, asked);
    }
    return asked;
  }

  private async ask(lon: number, lat: number): Promise<string> {
    const answer = await fetch(`/collections/${LAYER}/items?limit=8&bbox=${lon},${lat},${lon},${lat}`, { headers: { Accept: 'application/geo+json' } });
    if (!answer.ok) throw new Error(`districts: ${answer.status}`);
    const { features } = (await answer.json()) as { features: Feature[] };
    const depth = (f: Feature) => DEPTH.indexOf(String(f.properties.level));
    const deepest = features.sort((a, b) => depth(b) - depth(a))[0];
    const english = language() === 'en' ? deepest?.properties.name_en : null;
    return String(english ?? deepest?.properties[this.layer(LAYER)?.label ?? 'name'] ?? '');
  }
}
