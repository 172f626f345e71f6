// What moves and what happens, joined: units on the map, their card, alerts, emergencies, the nearest units.

import { happened, timeOf, type Alert } from './alerts/alert';
import { Banner } from './alerts/banner';
import { Emergencies, type Cry, type Settled } from './alerts/emergencies';
import { AlertFeed } from './alerts/feed';
import { Alerts } from './alerts/list';
import { AlertPanel, hiddenFamilies } from './alerts/panel';
import { ago } from './format';
import { t } from './i18n';
import { silentIn, worst, type State } from './line';
import type { WardMap } from './map';
import { Nearest } from './nearest/panel';
import { PlaceTool } from './nearest/tool';
import { Pace } from './pace';
import { around, type Box } from './tilemath';
import type { Count } from './tree';
import type { Origin } from './units/ask';
import { LABELS, layerOfClass, told } from './units/branch';
import { UnitCard } from './units/card';
import { Moves } from './units/feed';
import { Names } from './units/names';
import { Overlay } from './units/overlay';
import { Units } from './units/store';
import type { Unit } from './units/unit';
import type { Frame } from './units/wire';

/** What the watch asks of the wall. */
export interface Surroundings {
  shown(layer: string): boolean;
  /** Tells whether the server has a layer. */
  layer(id: string): boolean;
  /** Whether units are models in 3D too. */
  models(): boolean;
  /** Units on the map moved. */
  moved(): void;
  count(counts: ReadonlyMap<string, Count>): void;
  /** The connection of everything live is another one than before. */
  state(now: State): void;
  /** A panel of the watch stands at the right, another one than before, or none. */
  opened(on: boolean): void;
  look(box: Box, moving: boolean): void;
  /** The alert panel covers another part of the map than before. */
  resized(): void;
  /** Whether who looks may send units to incidents. */
  sends(): boolean;
  /** Whether who looks may know where units were. */
  history(): boolean;
  say(message: string): void;
}

const SETTLED = 'wardmap.emergencies.settled';
const DAY = 86_400_000;
const RECENT = 600_000; // ms: older emergencies of the log are history, unless the button is still pressed
const BLIND = 8000; // ms without the stream of moves after which all positions are old
const CLOSE = 15.5; // zoom at which a place is looked at

/** Watch holds the live parts together. */
export class Watch {
  readonly units = new Units(() => matchMedia('(prefers-reduced-motion: reduce)').matches);
  readonly overlay: Overlay;
  readonly card: UnitCard;
  readonly nearest: Nearest;
  readonly tool: PlaceTool;
  private alerts = new Alerts(hiddenFamilies());
  private emergencies = new Emergencies(settled());
  private banner: Banner;
  private panel: AlertPanel;
  private moves: Moves;
  private feed: AlertFeed;
  private states: { moves: State; alerts: State } = { moves: { kind: 'connecting' }, alerts: { kind: 'connecting' } };
  private batch: Alert[] = []; // came since the last frame
  private known = new Set<string>(); // units whose names the alerts show
  private blinding: ReturnType<typeof setTimeout> | undefined;
  private following: Unit | null = null;
  private leading = new Pace(1000, () => this.lead(1000));
  private counting = new Pace(1000, () => this.around.count(told(this.units.counts())));

  constructor(private map: WardMap, private around: Surroundings) {
    this.overlay = new Overlay(map.map, this.units, { shown: (of) => around.shown(layerOfClass(of)), labels: () => around.shown(LABELS), models: () => around.models(), moved: () => around.moved(), aged: (unit) => ago(this.units.age(unit)) });
    this.nearest = new Nearest(this.units, {
      opened: (on) => this.front(on ? 'nearest' : null), draw: (what) => map.markWay(what), rank: (ranks) => this.overlay.rank(ranks), sends: () => around.sends(), say: around.say, unit: (id) => this.card.show(id), frame: (points) => this.frame(points),
    });
    this.card = new UnitCard(this.units, new Names((id) => around.layer(id)), {
      opened: (id) => this.front(id ? 'unit' : null), fly: (unit) => this.place(unit.lon, unit.lat), follow: (on) => this.follow(on),
      nearest: (unit) => this.near({ lon: unit.lon, lat: unit.lat, unit: unit.id }, unit.name || unit.id), returns: () => this.nearest.waiting, history: () => around.history(), say: around.say,
    });
    this.banner = new Banner(this.emergencies, {
      called: (id) => this.called(id), age: (since) => this.units.age({ fix: since }), locate: (cry) => this.locate(cry.unit, ...this.now(cry)), acknowledged: () => this.acknowledged(),
      nearest: (cry) => this.near({ ...lonLat(this.now(cry)), unit: cry.unit }, this.called(cry.unit)),
    });
    this.panel = new AlertPanel(this.alerts, {
      called: (id) => this.called(id), show: (alert) => this.show(alert), taken: (alert) => alert.kind === 'emergency' && this.emergencies.taken(alert.unit ?? '', timeOf(alert)), resized: around.resized,
    });
    this.tool = new PlaceTool(map.map, (at) => this.near({ lon: at.lng, lat: at.lat }, ''), (on) => on && around.say(t('nearest.hint')));
    this.moves = new Moves((frame) => this.moved(frame), (now) => this.state('moves', now));
    this.feed = new AlertFeed({ alert: (alert) => this.heard(alert), gap: (anew) => this.gap(anew), state: (now) => this.state('alerts', now) });
    map.map.on('dragstart', () => this.card.halt());
  }

  run(): void {
    void this.moves.run();
    void this.feed.run();
  }

  retry(): void {
    this.moves.retry();
    this.feed.retry();
  }

  /** Opens the panel of the units nearest to a place. */
  near(origin: Origin, name: string): void {
    this.nearest.show(origin, name);
  }

  /** Switches were turned. */
  turned(): void {
    this.overlay.wake(true);
  }

  /** Gives the place at the right to a card of the wall. */
  yieldTo(): void {
    this.nearest.close();
    this.card.close();
  }

  /** Closes what lies on top, and tells whether there was something. */
  escape(): boolean {
    if (this.tool.drop()) return true;
    const open = this.card.open !== '' || this.nearest.open;
    if (this.card.open) this.card.close();
    else this.nearest.close();
    return open;
  }

  private moved(frame: Frame): void {
    const alarmed = this.units.apply(frame, performance.now());
    // After a loss also those count whose button was released meanwhile.
    for (const unit of frame.anew ? this.units.all() : alarmed) this.emergencies.flagged(unit.id, unit.emergency, unit.fix, unit.lon, unit.lat);
    if (alarmed.length || frame.anew) this.banner.draw();
    this.overlay.wake(alarmed.length > 0);
    this.card.moved();
    this.counting.ask('');
    if (frame.anew || frame.moves.some((move) => move.name !== undefined && this.known.has(move.id ?? ''))) this.renamed();
    if (this.following) this.leading.ask('');
  }

  /** Alerts may have come before the names of their units. */
  private renamed(): void {
    this.panel.redraw();
    this.banner.draw();
  }

  private called(id: string): string {
    this.known.add(id);
    return this.units.get(id)?.name || id;
  }

  /** A flood of alerts is taken together once per frame; an emergency waits for nothing. */
  private heard(alert: Alert): void {
    if (alert.kind === 'emergency' && alert.unit) this.cried(alert, alert.unit);
    if (this.batch.push(alert) === 1) {
      const take = () => this.batch.length && this.panel.arrived(this.alerts.add(this.batch.splice(0)));
      requestAnimationFrame(take);
      setTimeout(take, 1000); // there are no frames while the page is hidden
    }
  }

  private cried(alert: Alert, unit: string): void {
    const known = this.units.get(unit), recent = this.units.age({ fix: timeOf(alert) }) < RECENT;
    if (!recent && !known?.emergency) return;
    this.emergencies.heard(unit, timeOf(alert), alert.lon ?? known?.lon ?? 0, alert.lat ?? known?.lat ?? 0);
    this.banner.draw();
  }

  private gap(anew: boolean): void {
    if (this.alerts.size === 0) return; // nobody misses what was before the page
    if (anew) this.alerts.clear();
    this.panel.gap();
  }

  /** Where whoever cried is now, as far as is known. */
  private now(cry: Cry): [number, number] {
    const unit = this.units.get(cry.unit);
    return unit ? [unit.lon, unit.lat] : [cry.lon, cry.lat];
  }

  private acknowledged(): void {
    localStorage.setItem(SETTLED, JSON.stringify(this.emergencies.remembered(Date.now() - DAY)));
    this.panel.redraw();
  }

  private show(alert: Alert): void {
    if (alert.lon === undefined || alert.lat === undefined) return;
    this.locate(alert.unit ?? '', alert.lon, alert.lat);
    this.around.say([happened(alert), alert.fence_name].filter(Boolean).join(' '));
  }

  /** Flies to where something happened, and opens the unit's card if it is on the map. */
  private locate(unit: string, lon: number, lat: number): void {
    if (this.units.get(unit)) this.card.show(unit);
    this.place(lon, lat);
  }

  private place(lon: number, lat: number): void {
    const { map } = this.map, still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.overlay.pulse(lon, lat);
    map.easeTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), CLOSE), duration: still ? 0 : 1000 });
  }

  private frame(points: [number, number][]): void {
    const box = around(points.map(([x, y]): Box => [x, y, x, y]));
    if (box) this.around.look(box, true);
  }

  private follow(on: boolean): void {
    this.following = on ? (this.units.get(this.card.open) ?? null) : null;
    this.lead(500);
  }

  /** Leads the map after the unit that is followed, unless the reader zooms just now. */
  private lead(duration: number): void {
    const unit = this.following;
    if (unit && !this.map.map.isZooming()) this.map.map.easeTo({ center: [unit.lon, unit.lat], duration, easing: (part) => part });
  }

  /** One panel stands at the right at a time; the nearest units come back when the card of one of them closes. */
  private front(which: 'unit' | 'nearest' | null): void {
    if (which === 'unit') this.nearest.aside();
    if (which === 'nearest') this.card.close();
    if (which === null && this.nearest.waiting) return this.nearest.reopen();
    this.overlay.choose(this.card.open);
    this.around.opened(which !== null);
  }

  private state(of: 'moves' | 'alerts', now: State): void {
    this.states[of] = now;
    const silent = silentIn(this.states.moves, BLIND, Date.now());
    clearTimeout(this.blinding);
    if (silent === null) this.overlay.lose(false);
    else this.blinding = setTimeout(() => this.overlay.lose(true), silent);
    this.around.state(worst([this.states.moves, this.states.alerts]));
  }
}

const lonLat = ([lon, lat]: [number, number]): Origin => ({ lon, lat });

function settled(): Map<string, Settled> {
  try {
    return new Map(JSON.parse(localStorage.getItem(SETTLED) ?? '[]') as [string, Settled][]);
  } catch {
    return new Map();
  }
}
