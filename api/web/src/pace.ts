// Pace holds back work that is asked for in bursts: the first call acts at once, later ones within the gap act
// together at its end. Per key, so that one busy source does not delay another.

/** Clock is what Pace needs of time; tests give their own. */
export interface Clock {
  now(): number;
  after(ms: number, act: () => void): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, act) => void setTimeout(act, ms),
};

/** A Pace calls act(key) at most once per gap milliseconds for each key, and always after the last ask. */
export class Pace {
  private last = new Map<string, number>();
  private waiting = new Set<string>();

  constructor(private gap: number, private act: (key: string) => void, private clock: Clock = systemClock) {}

  /** Asks for act(key), now or at the end of the gap. */
  ask(key: string): void {
    if (this.waiting.has(key)) return;
    const since = this.clock.now() - (this.last.get(key) ?? -Infinity);
    if (since >= this.gap) return this.run(key);
    this.waiting.add(key);
    this.clock.after(this.gap - since, () => {
      this.waiting.delete(key);
      this.run(key);
    });
  }

  private run(key: string): void {
    this.last.set(key, this.clock.now());
    this.act(key);
  }
}
