// Emergencies that nobody at this wall has acknowledged. They are told twice, by an alert and by the unit's own
// flag, in any order and again after a reload; each press of a button must be seen once, and none may be missed.
// Pure.

/** A Cry is one emergency. over: the button is released, which does not settle it. */
export interface Cry { unit: string; since: number; lon: number; lat: number; over: boolean }

/** What was acknowledged of a unit: everything up to a time, and whether its button was still pressed then. */
export interface Settled { time: number; active: boolean }

/** Emergencies holds the open cries, the oldest first. */
export class Emergencies {
  private open = new Map<string, Cry>();

  constructor(private settled: Map<string, Settled> = new Map()) {}

  /** An alert tells of an emergency. Returns whether something new must be shown. */
  heard(unit: string, time: number, lon: number, lat: number): boolean {
    const known = this.open.get(unit), settled = this.settled.get(unit);
    if (known) {
      known.since = Math.min(known.since, time);
      return false;
    }
    if (settled && time <= settled.time) return false;
    return this.raise(unit, time, lon, lat);
  }

  /** The unit's flag is on or off. Returns whether something new must be shown. */
  flagged(unit: string, on: boolean, time: number, lon: number, lat: number): boolean {
    const known = this.open.get(unit), settled = this.settled.get(unit);
    if (known) {
      Object.assign(known, { over: !on, ...(on ? { lon, lat } : {}) });
      return true;
    }
    if (settled?.active && on) return false;
    if (settled && !on) settled.active = false;
    return on && this.raise(unit, time, lon, lat);
  }

  /** Somebody at the wall has taken note, now. */
  acknowledge(unit: string, now: number): void {
    const cry = this.open.get(unit);
    if (!cry) return;
    this.open.delete(unit);
    this.settled.set(unit, { time: Math.max(now, cry.since), active: !cry.over });
  }

  /** Tells whether an alert of this time is acknowledged. */
  taken(unit: string, time: number): boolean {
    return !this.open.has(unit) && time <= (this.settled.get(unit)?.time ?? -Infinity);
  }

  cries(): Cry[] {
    return [...this.open.values()].sort((a, b) => a.since - b.since);
  }

  /** What was acknowledged since a time, to be remembered across reloads. */
  remembered(since: number): [string, Settled][] {
    return [...this.settled].filter(([, one]) => one.time >= since);
  }

  private raise(unit: string, since: number, lon: number, lat: number): boolean {
    this.open.set(unit, { unit, since, lon, lat, over: false });
    return true;
  }
}
