// The pointer on the map: what it hovers is lit, what it clicks is opened.

import type { LngLat, Map as MapLibre, Point } from 'maplibre-gl';
import { pick, markOf, type Picked } from './pick';
import type { Unit } from './units/unit';

/** What the pointer needs of the wall. */
export interface Ground {
  called(layer: string, properties: Record<string, unknown>): string;
  ground(): ReadonlySet<string>;
  light(geometry: GeoJSON.Geometry | null): void;
  open(picked: Picked[], units: Unit[]): void;
  /** Units lie above everything else. */
  unitsAt(at: Point, slack: number): Unit[];
  lightUnit(unit: Unit | null): void;
  /** A tool may want the place itself, and then nothing is opened. */
  take(place: LngLat): boolean;
}

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
    if (unit) return this.light(null, true);
    this.light(pick(this.map, at, 3, this.wall.called, ground).find((one) => !ground.has(one.layer)) ?? null);
  }

  private light(picked: Picked | null, unit = false): void {
    const key = picked ? `${picked.layer}/${picked.id}` : unit ? 'unit' : '';
    if (!unit) this.wall.lightUnit(null);
    if (key === this.lit) return;
    this.lit = key;
    this.map.getCanvas().style.cursor = key ? 'pointer' : '';
    this.wall.light(picked && markOf(this.map, picked));
  }

  /** Without areas that merely lie under everything, when something smaller was meant. */
  private click(at: Point, slack: number): void {
    if (this.wall.take(this.map.unproject(at))) return;
    const units = this.wall.unitsAt(at, slack / 2);
    this.wall.open(units.length ? [] : pick(this.map, at, slack, this.wall.called, this.wall.ground()), units);
  }
}

const coarse = (): boolean => matchMedia('(pointer: coarse)').matches;
