// The wall joined: definitions, map, tree, card, search, and the feed that keeps them true.

import type { StyleSpecification } from 'maplibre-gl';
import { Address } from './address';
import { definitions, INCIDENTS, style as askStyle, type Definitions, type Feature, type Found, type LayerDef, type Me } from './api';
import { Card, type Choice, type Ref } from './card';
import type { Cordons } from './cordon';
import { Corner } from './corner';
import { Districts } from './district';
import { byID } from './dom';
import { called } from './format';
import { decode, type Camera, type View } from './hash';
import { language, onLanguage, t } from './i18n';
import { Switches } from './layers';
import { legend, type Swatch } from './legend';
import { worst, type State } from './line';
import { Live } from './live';
import { WardMap } from './map';
import { layerOf } from './mapstyle';
import { Panels } from './panels';
import { Pace } from './pace';
import type { Seen } from './pointer';
import { Pointer } from './pointer';
import { say } from './say';
import { Search } from './search';
import type { Steps } from './flow/steps';
import type { Related } from './related';
import type { Sight } from './solid/sight';
import type { Solid } from './solid/solid';
import { Status } from './status';
import { around, type Box } from './tilemath';
import { forest, Tree } from './tree';
import { pointsOf } from './outline';
import * as live from './units/branch';
import { CLASS_ONE, type Unit } from './units/unit';
import { Watch } from './watch';
import { may, watches } from './who';

/** The layer that stands for units in addresses. */
const LIVE = 'live';

/** Wall shows what the definitions and the style say, and keeps it true. */
export class Wall {
  private layers = new Map<string, LayerDef>();
  private grounds: ReadonlySet<string> = new Set();
  private switches: Switches;
  private map: WardMap;
  private tree: Tree;
  private card: Card;
  private status: Status;
  private panels: Panels;
  private address: Address;
  private live: Live;
  private watch: Watch;
  private watches: boolean;
  private solid: Solid | null = null; // loaded when the wall is there
  private sight: Sight | null = null;
  private steps: Steps | null = null;
  private related: Related | null = null;
  private cordons: Cordons | null = null;
  private states: { layers: State; watch: State } = { layers: { kind: 'connecting' }, watch: { kind: 'connecting' } };
  private districts = new Districts((id) => this.layers.get(id));
  private locating = new Pace(700, () => void this.locate());
  private looked: Ref | null = null; // whose card was open last
  private recount = new Pace(4000, () => void this.count());

  constructor(private defs: Definitions, private style: StyleSpecification, private who: Me) {
    this.watches = watches(who);
    const view = decode(location.hash);
    this.switches = new Switches(view.on, view.off);
    this.define(defs);
    this.map = new WardMap(byID('map'), style, (id) => this.switches.shown(id), view.camera, () => language() === 'en');
    this.panels = new Panels(() => this.map.map.resize());
    this.tree = new Tree(this.switches, () => this.turned());
    this.card = new Card({ layer: (id) => this.layers.get(id), swatch: (id) => this.swatch(id), opened: (ref, g) => this.opened(ref, g), opening: () => this.watch.yieldTo(),
      fly: (f) => this.fly(f), nearest: (ref, at, name) => this.near(ref, at, name), steps: (feature, def) => this.steps?.part(feature, def) ?? null, looks: (feature, def) => [...(this.sight?.looks(feature, def) ?? []), ...(this.related?.looks(feature, def) ?? []), ...(this.cordons?.looks(feature, def) ?? [])], say });
    this.address = new Address(() => this.view(), (to) => this.go(to));
    this.live = new Live({
      changed: (boxes) => this.changed(boxes), redefined: () => void this.redefine(), everything: () => this.everything(),
      connected: () => this.map.connected(true), state: (now) => this.state({ layers: now }),
    });
    this.status = new Status(() => {
      this.live.retry();
      this.watch.retry();
    });
    this.watch = new Watch(this.map, {
      shown: (id) => this.switches.shown(id), layer: (id) => this.layers.has(id), models: () => this.solid?.models ?? false, moved: () => this.solid?.moved(), count: (counts) => this.tree.count(counts), state: (now) => this.state({ watch: now }), opened: (on) => this.watched(on),
      look: (box, moving) => this.map.look(box, this.panels.padding(), moving), resized: () => this.map?.map.resize(), sends: () => this.sends(), history: () => this.who.permissions.includes('read.track-history'), say,
    });
    this.join(view);
  }

  /** The parts that only need to be there. */
  private join(view: View): void {
    const { map } = this.map;
    new Corner(map, () => this.home(true), say);
    new Pointer(map, {
      called: (id, properties) => called(this.layers.get(id), properties), ground: () => this.grounds, light: (g) => this.map.markHover(g), open: (picked, units) => this.clicked(picked, units),
      unitsAt: (at, slack) => this.watch.overlay.at(at, slack), lightUnit: (unit) => this.watch.overlay.light(unit?.id ?? ''), bodiesAt: (at) => this.solid?.at(at) ?? [], lightBody: (ref) => this.solid?.hover(ref), take: (at) => this.watch.tool.take(at),
    });
    new Search({ layer: (id) => this.layers.get(id), swatch: (id) => this.swatch(id), district: (lon, lat) => this.districts.at(lon, lat), open: (found) => this.found(found) });
    this.grow();
    map.on('moveend', () => {
      this.address.changed();
      this.locating.ask('');
    });
    map.on('zoom', () => this.tree.zoomed(map.getZoom()));
    addEventListener('keydown', (e) => e.key === 'Escape' && !this.watch.escape() && this.card.close());
    onLanguage(() => {
      map.getCanvas().setAttribute('aria-label', t('map.label'));
      this.map.reword();
      this.locating.ask('');
    });
    if (!view.camera) this.home(false);
    this.tree.zoomed(map.getZoom());
    this.show(view.open);
    void this.live.run();
    if (this.watches) this.watch.run();
    else this.state({ watch: { kind: 'live', since: Date.now() } });
    Object.assign(globalThis, { wardmap: this.map, wardwatch: this.watch }); // for tests
    void this.raise();
  }

  /** Loads what the wall can do without at first: what a card can do and ask, and what 3D needs to begin with. */
  private async raise(): Promise<void> {
    try {
      const [{ Steps }, { Related }, { Cordons }, { Solid }, { Sight }] = await Promise.all([import('./flow/steps'), import('./related'), import('./cordon'), import('./solid/solid'), import('./solid/sight')]);
      this.steps = new Steps({ may: (def) => may(this.who, def), changed: () => void this.card.reload(), say }, () => this.card.redraw());
      this.related = new Related({ layers: () => this.defs.layers, list: (choices, heading) => this.card.choose(choices, heading), say });
      this.cordons = new Cordons({ sends: () => this.watches && this.sends(), list: (choices, heading) => this.card.choose(choices, heading), draw: (what) => this.map.markSeen(what), look: ([lon = 0, lat = 0]) => this.map.map.easeTo({ center: [lon, lat], zoom: Math.max(this.map.map.getZoom(), 15) }), frame: (points) => this.frame(points), say });
      this.card.redraw();
      const solid = (this.solid = new Solid(this.map.map, {
        layer: (id) => this.layers.get(id), shown: (id) => this.switches.shown(id), drawn: () => this.style.layers, moving: () => this.watch.overlay.shown, learned: () => this.card.redraw(), say,
      }));
      this.sight = new Sight(this.map, { bodies: () => solid.hiding, cameras: () => this.defs.layers.find((one) => one.scene?.view)?.id ?? null, list: (choices, heading) => this.card.choose(choices, heading), marked: (all) => solid.name(all), say });
      solid.mark(this.looked);
      Object.assign(globalThis, { wardsolid: solid }); // for tests
    } catch {
      setTimeout(() => void this.raise(), 5000);
    }
  }

  private define(defs: Definitions): void {
    this.defs = defs;
    this.layers = new Map(defs.layers.map((layer) => [layer.id, layer]));
    this.switches.define([...this.moving(), ...defs.layers]);
    const lowest = [...defs.groups].sort((a, b) => a.order - b.order)[0]?.id;
    this.grounds = new Set(defs.layers.filter((layer) => layer.group === lowest).map((layer) => layer.id));
  }

  /** The layers of what moves, for those who may see it. */
  private moving(): LayerDef[] {
    return this.watches ? live.layers : [];
  }

  private grow(): void {
    this.tree.show(forest([live.group, ...this.defs.groups], [...this.moving(), ...this.defs.layers], this.style.layers, live.legends()));
  }

  private swatch(id: string): Swatch | null {
    const def = this.layers.get(id);
    return def ? legend(def, this.style.layers.filter((l) => layerOf(l) === id)).swatch : null;
  }

  private turned(): void {
    this.map.reswitch();
    this.watch.turned();
    this.solid?.turned();
    this.address.changed();
  }

  /** What was clicked: one unit opens at once, several are listed. */
  private clicked(picked: Seen[], units: Unit[]): void {
    const [first] = units;
    if (first && units.length === 1) return this.watch.card.show(first.id);
    if (!first && picked.length === 0) this.watch.yieldTo();
    this.card.choose([...units.slice(0, 20).map((unit) => this.choice(unit)), ...picked]);
  }

  private choice(unit: Unit): Choice {
    return {
      layer: LIVE, id: unit.id, name: unit.name || unit.id, kind: t(CLASS_ONE[unit.class]), open: () => this.watch.card.show(unit.id),
      swatch: { shape: 'sign', color: '', sign: { class: unit.class, look: unit.look, stale: unit.stale } },
    };
  }

  /** A panel of the watch takes the place of the card. */
  private watched(on: boolean): void {
    if (on) {
      this.card.close();
      this.panels.narrowClose();
    }
    document.body.classList.toggle('watch-open', on);
    this.address.changed();
  }

  private sends(): boolean {
    const def = this.layers.get(INCIDENTS);
    return def !== undefined && may(this.who, def);
  }

  private near(ref: Ref, at: GeoJSON.Position, name: string): void {
    const [lon = 0, lat = 0] = at;
    this.watch.near({ lon, lat, ...(ref.layer === INCIDENTS ? { incident: ref.id } : {}) }, name);
  }

  private show(ref: Ref | null): void {
    if (ref?.layer === LIVE) this.watch.card.show(ref.id);
    else if (ref) void this.card.show(ref);
    else {
      this.watch.yieldTo();
      this.card.close();
    }
  }

  private opened(ref: Ref | null, geometry: GeoJSON.Geometry | null): void {
    if (!ref || geometry) this.map.markOpen(geometry);
    this.solid?.mark(ref);
    if (ref?.layer !== this.looked?.layer || ref?.id !== this.looked?.id || (!ref && !this.card.listing)) this.sight?.clear();
    this.looked = ref;
    if (ref) this.panels.narrowClose();
    this.address.changed();
  }

  private found(found: Found): void {
    const { layer, id, label } = found.properties;
    if (!this.switches.shown(layer)) {
      this.switches.set(layer, true);
      this.tree.refresh();
      this.turned();
    }
    void this.card.show({ layer, id: String(id), name: String(label ?? '') }, true);
  }

  private frame(points: GeoJSON.Position[]): void {
    const box = around(points.map(([x = 0, y = 0]): Box => [x, y, x, y]));
    if (box) this.map.look(box, this.panels.padding(), true);
  }

  private fly(feature: Feature): void {
    const g = feature.geometry;
    if (!g) return;
    const box = around(pointsOf(g).map(([x, y]): Box => [x, y, x, y]));
    if (box) this.map.look(box, this.panels.padding(), true);
  }

  /** The whole city: where most features are of those that stand on the base map. */
  private home(moving: boolean): void {
    const most = (of: LayerDef[]) => of.filter((layer) => layer.extent).sort((a, b) => (b.count ?? 0) - (a.count ?? 0))[0];
    const all = this.defs.layers, told = most(all.filter((layer) => !this.grounds.has(layer.id))) ?? most(all);
    if (told?.extent) this.map.look(told.extent, this.panels.padding(), moving);
  }

  /** Names the district in the middle of the view beside the product's name. */
  private async locate(): Promise<void> {
    const { lng, lat } = this.map.map.getCenter();
    const name = this.map.map.getZoom() < 9 ? '' : await this.districts.at(lng, lat).catch(() => '');
    byID('place').textContent = name;
  }

  private changed(boxes: Record<string, Box[]>): void {
    this.map.changed(boxes);
    this.solid?.changed(Object.keys(boxes));
    this.recount.ask('');
    const open = this.card.open;
    if (open && boxes[open.layer]) void this.card.reload();
  }

  private everything(): void {
    this.map.everything();
    this.solid?.everything();
    void this.redefine();
    void this.card.reload();
  }

  private async redefine(): Promise<void> {
    try {
      const [defs, style] = await Promise.all([definitions(), askStyle()]);
      this.define(defs);
      this.style = style;
      this.map.restyle(style);
      this.solid?.restyle();
      void this.solid?.learn();
      this.grow();
    } catch {
      setTimeout(() => void this.redefine(), 3000);
    }
  }

  /** Counts may have changed with the features. */
  private async count(): Promise<void> {
    const defs = await definitions().catch(() => null);
    if (!defs) return;
    this.define(defs);
    this.grow();
  }

  private state(now: { layers?: State; watch?: State }): void {
    Object.assign(this.states, now);
    this.status.set(worst([this.states.layers, this.states.watch]));
    if (now.layers?.kind === 'live') void this.card.recover();
    else if (now.layers) this.map.connected(false);
  }

  private view(): View {
    const { map } = this.map, c = map.getCenter();
    const camera: Camera = { lon: c.lng, lat: c.lat, zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch() };
    return { camera, ...this.switches.differences(), open: this.watch.card.open ? { layer: LIVE, id: this.watch.card.open } : this.card.open };
  }

  private go(view: View): void {
    this.switches.turn(view.on, view.off);
    this.map.reswitch();
    this.solid?.turned();
    this.tree.refresh();
    const c = view.camera;
    if (c) this.map.map.jumpTo({ center: [c.lon, c.lat], zoom: c.zoom, bearing: c.bearing, pitch: c.pitch });
    this.watch.turned();
    this.show(view.open);
  }
}
