// Units on the map. They have a canvas of their own above it: a step of theirs then costs their own few pixels,
// not another picture of the whole city, and nothing goes through the map's workers. The canvas follows the map
// within the same frame whatever its turn and tilt.

import type { Map as MapLibre, Point } from 'maplibre-gl';
import { project } from '../tilemath';
import { arrange, MUST, type Spot } from './arrange';
import { Painter, type Drawn, type View } from './painter';
import { plane, type Plane } from './plane';
import { Sprites } from './sprites';
import { Stamps } from './stamps';
import type { Units } from './store';
import type { Class, Look, Unit } from './unit';

/** What the overlay asks of the wall. */
export interface Scope {
  shown(of: Class): boolean;
  labels(): boolean;
  /** How old the fix of a stale unit is, in words. */
  aged(unit: Unit): string;
  /** Whether units are models on the ground too, so that signs stand above them. */
  models(): boolean;
  /** Units moved, or look different. */
  moved(): void;
}

const LEAST = 50, MOST = 1000; // ms between pictures while the map rests: slow machines draw less often
const SETTLE = 250; // ms for which an arrangement holds
const DOTS = 11.6, LABELS = 14.2, FULL = 14.5; // zooms: only dots below, labels from, icons at full size from
const CROWD = 1200; // units in view, above which only the full zoom has icons
const PULSE = 4000; // ms that a place pulses
const RANKS: Record<Look, number> = { emergency: MUST, on_scene: 6, en_route: 5, available: 4, busy: 3, unknown: 2, off: 1 };

/** Overlay draws while something moves, and rests when nothing does. */
export class Overlay {
  private canvas = document.createElement('canvas');
  private painter!: Painter;
  private drawn: Drawn[] = [];
  private plane: Plane | null = null;
  private frame = 0;
  private last = 0; // when the last picture was drawn
  private fresh = false; // no frame has come since then
  private cost = 0; // ms from a picture to the next frame, smoothed: what it costs the screen, not only this thread
  private arranged = -Infinity;
  private pulses: { x: number; y: number; began: number }[] = [];
  private chosen = '';
  private lit = '';
  private ranks: ReadonlyMap<string, string> = new Map();
  private blind = false;
  private calm = matchMedia('(prefers-reduced-motion: reduce)');

  constructor(private map: MapLibre, private units: Units, private scope: Scope) {
    this.canvas.className = 'units';
    this.canvas.setAttribute('aria-hidden', 'true');
    map.getCanvasContainer().append(this.canvas);
    this.canvas.addEventListener('webglcontextlost', (e) => e.preventDefault()); // so that it is restored
    this.canvas.addEventListener('webglcontextrestored', () => this.fit());
    map.on('resize', () => this.fit());
    map.on('move', () => (this.plane = null));
    map.on('render', () => this.draw(performance.now()));
    document.fonts.addEventListener('loadingdone', () => {
      this.painter.forget();
      this.wake();
    });
    setInterval(() => this.drawn.some((one) => one.stale) && this.wake(), 1000); // ages grow while nothing moves
    this.fit();
  }

  /** Draws soon: something is new. anew: other units than before may be shown. */
  wake(anew = false): void {
    if (anew) this.arranged = -Infinity;
    this.frame ||= requestAnimationFrame((now) => this.tick(now));
  }

  /** Marks the unit whose card is open; "" is none. */
  choose(id: string): void {
    this.chosen = id;
    this.wake(true);
  }

  /** Marks the unit under the pointer; "" is none. */
  light(id: string): void {
    if (id === this.lit) return;
    this.lit = id;
    this.wake();
  }

  /** Writes ranks beside units, by their ids. */
  rank(ranks: ReadonlyMap<string, string>): void {
    this.ranks = ranks;
    this.wake(true);
  }

  /** Says that nothing has been heard for so long that all positions are old. */
  lose(blind: boolean): void {
    if (blind === this.blind) return;
    this.blind = blind;
    this.wake(true);
  }

  /** Lets a place pulse for a while. */
  pulse(lon: number, lat: number): void {
    const [x, y] = project(lon, lat);
    this.pulses = [...this.pulses.slice(-4), { x, y, began: performance.now() }];
    this.wake();
  }

  /** The units in view as they are shown, the most important last. */
  get shown(): readonly Drawn[] {
    return this.drawn;
  }

  /** The units within slack pixels of a point, the nearest first. */
  at(point: Point, slack: number): Unit[] {
    const found: { unit: Unit; far: number }[] = [], at = { x: 0, y: 0 };
    for (const { unit, icon } of this.drawn) {
      if (!this.ground().pixel(unit.x, unit.y, at)) continue;
      const far = Math.hypot(at.x - point.x, at.y - point.y);
      const high = this.scope.models() ? Math.hypot(at.x - point.x, at.y - this.painter.lift - point.y) : far;
      if (Math.min(far, high) <= slack + this.painter.reach(icon)) found.push({ unit, far: Math.min(far, high) });
    }
    return found.sort((a, b) => a.far - b.far).map((one) => one.unit);
  }

  private tick(now: number): void {
    this.frame = 0;
    // A machine that was busy with the map for a while is soon believed to be quick again.
    if (this.fresh) this.cost += (now - this.last - this.cost) * (now - this.last < this.cost ? 0.5 : 0.1);
    this.fresh = false;
    if (now - this.last < Math.max(LEAST, Math.min(MOST, this.cost * 1.6))) return this.wake();
    this.draw(now);
    this.scope.moved();
  }

  private draw(now: number): void {
    this.last = now;
    this.fresh = true;
    const moving = this.units.advance(now);
    if (now - this.arranged > SETTLE) this.arrange(now);
    this.pulses = this.pulses.filter((one) => now - one.began < PULSE);
    const view: View = { plane: this.ground(), bearing: this.map.getBearing(), now, calm: this.calm.matches, lit: this.lit, lift: this.scope.models() ? this.painter.lift : 0 };
    this.painter.paint(this.drawn, this.pulses.map((one) => ({ ...one, part: (now - one.began) / PULSE })), view);
    const alarmed = !this.calm.matches && this.drawn.some((one) => one.look === 'emergency');
    if (moving || alarmed || this.pulses.length > 0) this.wake();
  }

  private ground(): Plane {
    const { clientWidth: w, clientHeight: h } = this.map.getContainer();
    return (this.plane ??= plane((x, y) => this.map.unproject([x, y]), w, h));
  }

  /** Decides anew which units are in view and how each is told. */
  private arrange(now: number): void {
    this.arranged = now;
    const zoom = this.map.getZoom(), words = this.scope.labels() && zoom >= LABELS;
    const size = this.painter.scale(0.66 + 0.34 * Math.max(0, Math.min(1, (zoom - DOTS) / (FULL - DOTS))));
    const { clientWidth: w, clientHeight: h } = this.map.getContainer(), at = { x: 0, y: 0 };
    const before = new Set(this.drawn.filter((one) => one.icon).map((one) => one.unit));
    const shown: Drawn[] = [], spots: Spot[] = [];
    for (const unit of this.units.all()) {
      if (!this.wanted(unit) || !this.ground().pixel(unit.x, unit.y, at) || at.x < -size || at.y < -size || at.x > w + size || at.y > h + size) continue;
      const one = this.told(unit), rank = this.importance(one) + (before.has(unit) ? 0.5 : 0);
      shown.push(one);
      spots.push({ x: at.x, y: at.y, rank, label: words || rank >= MUST ? this.painter.sprites.size(one.name, one.note) : null });
    }
    arrange(spots, size, zoom >= (spots.length > CROWD ? FULL : DOTS), words).forEach((form, i) => Object.assign(shown[i]!, form, { rank: spots[i]!.rank }));
    this.drawn = shown.sort((a, b) => Number(a.icon) - Number(b.icon) || a.rank - b.rank);
  }

  /** Nobody's switch hides an emergency, nor the unit whose card is open. */
  private wanted(unit: Unit): boolean {
    return unit.emergency || unit.id === this.chosen || this.scope.shown(unit.class);
  }

  private told(unit: Unit): Drawn {
    const stale = unit.stale || this.blind;
    return {
      unit, class: unit.class, look: unit.look, stale, icon: false, label: false, rank: 0, name: unit.name || unit.id, note: stale ? this.scope.aged(unit) : '',
      chosen: unit.id === this.chosen, chip: this.ranks.get(unit.id) ?? '',
    };
  }

  private importance(one: Drawn): number {
    const must = one.chosen ? MUST + 1 : one.chip ? MUST : 0;
    return Math.max(must, RANKS[one.look] - (one.stale && one.look !== 'emergency' ? 0.6 : 0));
  }

  private fit(): void {
    const { clientWidth: w, clientHeight: h } = this.map.getContainer(), density = devicePixelRatio || 1;
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    this.canvas.width = Math.round(w * density);
    this.canvas.height = Math.round(h * density);
    const stamps = new Stamps(this.canvas, density, rem * density > 24 ? 4096 : 2048);
    this.painter = new Painter(stamps, rem, new Sprites(stamps, rem * 0.78, getComputedStyle(document.body).fontFamily));
    this.plane = null;
    this.arranged = -Infinity;
    this.draw(performance.now());
  }
}
