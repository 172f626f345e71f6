// 3D on the wall: a pitched map shows bodies. The code that draws them is loaded when they are first wanted.

import type { LayerSpecification, Map as MapLibre, Point } from 'maplibre-gl';
import { ask, type LayerDef } from '../api';
import type { Ref } from '../card';
import { byID, icon, icons, label } from '../dom';
import { onLanguage, t, type Key } from '../i18n';
import { reason } from '../reason';
import type { Member } from './fleet';
import type { Light } from './light';
import type { Hit, SceneInfo, Scenes } from './scenes';
import type { Properties, RGB } from './tint';

const PITCHED = 20, PITCH = 60; // degrees: from where on bodies are drawn, and what the button pitches to
const NEAREST = 14.5; // zoom that the button goes to at least: from farther away bodies are dots
const LIGHTS: { light: Light; words: Key }[] = [{ light: 'hour', words: 'solid.light.hour' }, { light: 'day', words: 'solid.light.day' }, { light: 'night', words: 'solid.light.night' }];

/** What 3D needs of the wall. */
export interface Surroundings {
  layer(id: string): LayerDef | undefined;
  shown(layer: string): boolean;
  drawn(): LayerSpecification[];
  /** What moves in the view, the most important last. */
  moving(): readonly Member[];
  /** It is known now which layers have bodies. */
  learned(): void;
  say(message: string): void;
}

/** Solid follows the pitch of the map. */
export class Solid {
  private scenes: Scenes | null = null;
  private loading: Promise<void> | null = null;
  private infos: SceneInfo[] = [];
  private turn = 0; // of the lights
  private tints = new Map<string, (properties: Properties) => RGB>();
  private told = 0; // ms: when a fault was last told
  private open: Ref | null = null;
  private named: { layer: string; ids: string[] } | null = null;

  constructor(private map: MapLibre, private wall: Surroundings) {
    byID('solid-button').append(icon(icons.solid));
    byID('solid-button').addEventListener('click', () => this.press());
    byID('light-button').append(icon(icons.light));
    byID('light-button').addEventListener('click', () => this.relight());
    map.on('pitch', () => this.follow());
    map.on('styledata', () => this.scenes?.place());
    onLanguage(() => this.reword());
    void this.learn();
  }

  /** Asks which layers have bodies. */
  async learn(): Promise<void> {
    try {
      this.infos = (await ask<{ scenes: SceneInfo[] }>('/scenes')).scenes.filter((one) => one.bodies > 0);
    } catch {
      setTimeout(() => void this.learn(), 5000);
      return;
    }
    byID('solid-button').hidden = this.infos.length === 0;
    this.wall.learned();
    this.follow();
  }

  /** Whether bodies are drawn. */
  get on(): boolean {
    return this.scenes !== null && this.pitched;
  }

  /** Whether what moves is drawn as models. */
  get models(): boolean {
    return this.on && this.scenes!.near;
  }

  /** What moves has moved. */
  moved(): void {
    if (this.models) this.map.triggerRepaint();
  }

  /** The bodies under a pixel, the most telling first. */
  at(point: Point): Hit[] {
    return this.on ? (this.scenes?.at(point) ?? []) : [];
  }

  /** Lights the body under the pointer; null is none. */
  hover(ref: Ref | null): void {
    this.scenes?.mark('hover', ref);
  }

  /** Marks the body whose card is open; null is none. */
  mark(ref: Ref | null): void {
    this.open = ref;
    this.scenes?.mark('open', ref);
  }

  /** The layer whose bodies hide what lies behind them; null when there is none. */
  get hiding(): string | null {
    return this.infos.find((one) => one.opacity === 1)?.id ?? null;
  }

  /** Marks the bodies that an answer names; null is none. */
  name(all: { layer: string; ids: string[] } | null): void {
    this.named = all;
    this.scenes?.name(all);
  }

  /** Layers may have changed. */
  changed(layers: Iterable<string>): void {
    for (const layer of layers) this.scenes?.changed(layer);
  }

  everything(): void {
    this.changed(this.infos.map((one) => one.id));
  }

  /** The style is another one, or a switch was turned. */
  restyle(): void {
    this.tints.clear();
    this.scenes?.restyle();
  }

  turned(): void {
    this.map.triggerRepaint();
  }

  /** For tests. */
  get state() {
    return this.scenes?.state ?? null;
  }

  /** Whether bodies are to be drawn, once they are there. For tests. */
  get wanted(): boolean {
    return this.pitched && this.infos.length > 0;
  }

  private get pitched(): boolean {
    return this.map.getPitch() >= PITCHED;
  }

  private press(): void {
    if (this.pitched) this.map.easeTo({ pitch: 0, bearing: 0, duration: pace() });
    else this.map.easeTo({ pitch: PITCH, zoom: Math.max(this.map.getZoom(), NEAREST), duration: pace() });
  }

  /** The map was pitched: bodies are loaded, shown or taken away. */
  private follow(): void {
    const { wanted } = this;
    byID('solid-button').setAttribute('aria-pressed', String(this.pitched));
    byID('light-button').hidden = !wanted;
    if (!wanted) return this.scenes?.remove();
    if (this.scenes) return this.scenes.place();
    this.loading ??= this.begin().catch((err) => {
      this.loading = null;
      this.tell(reason(err));
    });
  }

  private async begin(): Promise<void> {
    const [{ Scenes }, { tint }] = await Promise.all([import('./scenes'), import('./tint')]);
    const { lng, lat } = this.map.getCenter();
    this.scenes = new Scenes(this.map, {
      shown: (layer) => this.wall.shown(layer), moving: () => this.wall.moving(), failed: (_, why) => this.tell(why),
      tint: (layer) => {
        let made = this.tints.get(layer);
        if (!made) this.tints.set(layer, (made = tint(layer, this.wall.drawn())));
        return made;
      },
    }, this.infos, { lon: lng, lat });
    this.scenes.mark('open', this.open);
    this.scenes.name(this.named);
    this.scenes.relight(this.lit.light);
    setInterval(() => this.scenes?.relight(this.lit.light), 300_000); // the sun goes on
    this.follow();
  }

  private get lit(): { light: Light; words: Key } {
    return LIGHTS[this.turn] ?? { light: 'hour', words: 'solid.light.hour' };
  }

  private relight(): void {
    this.turn = (this.turn + 1) % LIGHTS.length;
    this.scenes?.relight(this.lit.light);
    this.reword();
    this.wall.say(t('solid.light', { light: t(this.lit.words) }));
  }

  private tell(why: string): void {
    if (Date.now() - this.told < 10_000) return;
    this.told = Date.now();
    this.wall.say(t('solid.failed', { reason: why }));
  }

  private reword(): void {
    label(byID('solid-button'), t('solid.button'));
    label(byID('light-button'), t('solid.light', { light: t(this.lit.words) }));
  }
}

const pace = (): number => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 900);
