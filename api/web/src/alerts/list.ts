// The newest alerts, bounded, by families that can be hidden. Pure.

import { familyOf, FAMILIES, type Alert, type Family } from './alert';

/** Alerts remembers the newest, newest first, each once. */
export class Alerts {
  private all: Alert[] = [];
  private newest = 0;

  constructor(readonly hidden: Set<Family> = new Set(), private limit = 500) {}

  /** Takes alerts in their order, and returns those that are new. Repetitions after a reconnect are none. */
  add(batch: readonly Alert[]): Alert[] {
    const fresh: Alert[] = [];
    for (const alert of batch) {
      if (alert.seq <= this.newest) continue;
      this.newest = alert.seq;
      fresh.push(alert);
    }
    if (fresh.length) this.all = [...fresh.reverse(), ...this.all].slice(0, this.limit);
    return fresh;
  }

  /** Begins anew: another server counts from one again. */
  clear(): void {
    this.all = [];
    this.newest = 0;
  }

  get size(): number {
    return this.all.length;
  }

  /** The alerts of shown families, the newest first. */
  shown(): Alert[] {
    return this.hidden.size === 0 ? this.all : this.all.filter((alert) => !this.hidden.has(familyOf(alert)));
  }

  toggle(family: Family): void {
    if (!this.hidden.delete(family)) this.hidden.add(family);
  }

  /** How many there are of each family. */
  counts(): Record<Family, number> {
    const out = Object.fromEntries(FAMILIES.map((one) => [one.id, 0])) as Record<Family, number>;
    for (const alert of this.all) out[familyOf(alert)]++;
    return out;
  }
}
