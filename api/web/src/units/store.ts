// The units as the stream of moves tells them, where they are shown now, and how many there are.

import { project } from '../tilemath';
import { follow, glide, type Place } from './glide';
import { CLASSES, stateOf, type Class, type Unit } from './unit';
import { EXPIRED, FRESH, STALE, type Frame, type Move } from './wire';

export type Counts = Record<Class, { fresh: number; stale: number }>;

/** Units holds everything that moves. */
export class Units {
  private byHandle = new Map<number, Unit>();
  private byID = new Map<string, Unit>();
  private names = new Map<number, { id: string; name: string }>(); // by handle, of expired units too: a name is told once
  private ahead = 0; // ms that the server's clock is ahead of this one's

  /** still: units stand where they were reported, without gliding there. */
  constructor(private still: () => boolean = () => false) {}

  get size(): number {
    return this.byHandle.size;
  }

  all(): IterableIterator<Unit> {
    return this.byHandle.values();
  }

  get(id: string): Unit | undefined {
    return this.byID.get(id);
  }

  /** Takes a frame that came now (by performance.now) at wall (by Date.now). Returns the units whose emergency began or ended. */
  apply(frame: Frame, now: number, wall = Date.now()): Unit[] {
    this.ahead = frame.time - wall;
    const alarmed: Unit[] = [], left = frame.anew ? new Set(this.byHandle.keys()) : null;
    if (frame.anew) this.names.clear();
    for (const move of frame.moves) {
      if (move.gone) this.names.delete(move.handle);
      else if (move.id !== undefined) this.names.set(move.handle, { id: move.id, name: move.name ?? '' });
      left?.delete(move.handle);
      const was = this.byHandle.get(move.handle), alarm = was?.emergency ?? false, unit = this.move(move, was, now);
      if (unit && unit.emergency !== alarm) alarmed.push(unit);
      if (unit) this.keep(unit, was);
      else if (was) this.drop(was);
    }
    for (const handle of left ?? []) this.drop(this.byHandle.get(handle)!);
    return alarmed;
  }

  /** Moves every unit to where it is now, and tells whether any goes on moving. */
  advance(now: number): boolean {
    let moving = false;
    for (const unit of this.byHandle.values()) {
      if (!unit.glide) continue;
      if (follow(unit.glide, now, unit)) moving = true;
      else unit.glide = null;
    }
    return moving;
  }

  /** How old a unit's fix is in ms, by the server's clock. */
  age(unit: { fix: number }, wall = Date.now()): number {
    return Math.max(0, wall + this.ahead - unit.fix);
  }

  counts(): Counts {
    const out = Object.fromEntries(CLASSES.map((c) => [c, { fresh: 0, stale: 0 }])) as Counts;
    for (const unit of this.byHandle.values()) out[unit.class][unit.stale ? 'stale' : 'fresh']++;
    return out;
  }

  /** The unit after the move, or null when the wall does not show it any more, or never did. */
  private move(move: Move, was: Unit | undefined, now: number): Unit | null {
    const kind = CLASSES[move.class - 1], state = stateOf(move.state);
    if (!kind || move.gone || move.freshness === EXPIRED || (move.freshness !== FRESH && move.freshness !== STALE)) return null;
    const { id, name } = this.names.get(move.handle) ?? { id: String(move.handle), name: '' };
    const before = was?.id === id ? was : undefined; // a handle may be given away again
    const emergency = move.emergency || state.look === 'emergency';
    const [x, y] = project(move.lon, move.lat), to: Place = { x, y, course: move.course };
    const news = {
      handle: move.handle, id, name, class: kind, state: state.name,
      look: emergency ? ('emergency' as const) : state.look, emergency, stale: move.freshness === STALE, approximate: move.approximate,
      lon: move.lon, lat: move.lat, speed: move.speed, fix: move.fix, to, came: before?.came ?? now,
    };
    if (!before) return { ...to, ...news, glide: null };
    if (x === before.to.x && y === before.to.y && move.fix === before.fix) return Object.assign(before, news, { course: before.glide ? before.course : to.course });
    const way = this.still() || before.stale ? null : glide(before, to, now - before.came, now);
    return Object.assign(before, news, way ? {} : to, { glide: way, came: now });
  }

  private keep(unit: Unit, was: Unit | undefined): void {
    if (was && was !== unit) this.drop(was);
    this.byHandle.set(unit.handle, unit);
    this.byID.set(unit.id, unit);
  }

  private drop(unit: Unit): void {
    this.byHandle.delete(unit.handle);
    if (this.byID.get(unit.id) === unit) this.byID.delete(unit.id);
  }
}
