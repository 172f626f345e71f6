// The pointer on the map: what it hovers is lit, what it clicks is opened.

import type { LngLat, Map as MapLibre, Point } from 'maplibre-gl';
import { pick, markOf, onGround, type Picked } from './pick';
import type { Ref } from './card';
import type { Hit } from './solid/scenes';
import type { Unit } from './units/unit';

/** What the pointer needs of the wall. */
export interface Ground {
  called(layer: string, properties: Record<string, unknown>): string;
  ground(): ReadonlySet<string>;
  light(geometry: GeoJSON.Geometry | null): void;
  open(picked: Seen[], units: Unit[]): void;
  /** Bodies in 3D, the most telling first. Those that are no glass hide what lies on the ground behind them. */
  bodiesAt(at: Point): Hit[];
  lightBody(body: Ref | null): void;
  /** Units lie above everything else. */
  unitsAt(at: Point, slack: number): Unit[];
  lightUnit(unit: Unit | null): void;
  /** A tool may want the place itself, and then nothing is opened. */
  take(place: LngLat): boolean;
}

/** What was clicked. */
export interface Seen extends Ref { name: string }

/** Pointer lights at most once per frame, and nothing while the map moves. */
export class Pointer {
  private lit = '';
  private waiting: Point | null = null;

  constructor(private map: MapLibre, private wall: Ground) {
    map.on('mousemove', (e) => this.hover(e.point));
    map.on('mouseout', () => this.light(null));
    map.on('movestart', () => this.light(null));
    map.on('click', (e) => this.click(e.point, coarse() ? 14 : 5));
    map.getCanvas().addEventListener('keydown', (e) => {
      if (e.key !== 'Enter') return;
      const { clientWidth: w, clientHeight: h } = map.getContainer();
      this.click(map.project(map.unproject([w / 2, h / 2])), 14);
    });
  }

  private hover(at: Point): void {
    const asked = this.waiting !== null;
    this.waiting = at;
    if (!asked) requestAnimationFrame(() => this.look());
  }

  private look(): void {
    const at = this.waiting;
    this.waiting = null;
    if (!at || this.map.isMoving()) return;
    const ground = this.wall.ground(), unit = this.wall.unitsAt(at, 2)[0] ?? null;
    this.wall.lightUnit(unit);
    if (unit) return this.light(null, 'unit');
    const body = this.wall.bodiesAt(at).find((one) => !one.glass), found = pick(this.map, at, 3, this.wall.called, ground).filter((one) => !ground.has(one.layer) && (!body || !onGround(one)));
    if (body && !found[0]) return this.light(null, `${body.layer}/${body.id}`, body);
    this.light(found[0] ?? null);
  }

  /** Lights a feature, or says by its key that something else is lit: a unit, or a body. */
  private light(picked: Picked | null, other = '', body: Ref | null = null): void {
    const key = picked ? `${picked.layer}/${picked.id}` : other;
    if (other !== 'unit') this.wall.lightUnit(null);
    this.wall.lightBody(body);
    if (key === this.lit) return;
    this.lit = key;
    this.map.getCanvas().style.cursor = key ? 'pointer' : '';
    this.wall.light(picked && markOf(this.map, picked));
  }

  /** Without areas that merely lie under everything, when something smaller was meant. */
  private click(at: Point, slack: number): void {
    if (this.wall.take(this.map.unproject(at))) return;
    const units = this.wall.unitsAt(at, slack / 2);
    if (units.length) return this.wall.open([], units);
    const picked = pick(this.map, at, slack, this.wall.called, this.wall.ground()), bodies = this.wall.bodiesAt(at);
    const hides = bodies.some((one) => !one.glass), before = picked.filter((one) => !hides || !onGround(one));
    const known = (of: Ref) => before.some((one) => one.layer === of.layer && one.id === of.id);
    const named = ({ layer, id, properties }: Hit): Seen => ({ layer, id, name: this.wall.called(layer, properties) });
    this.wall.open([...before, ...bodies.filter((one) => !known(one)).map(named)], []);
  }
}

const coarse = (): boolean => matchMedia('(pointer: coarse)').matches;
