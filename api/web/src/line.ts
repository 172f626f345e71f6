// A line to the server that is kept open as long as the page lives: it takes a silent line for a dead one, comes
// back by itself with growing pauses, and says since when nothing was heard.

export type State =
  | { kind: 'connecting' }
  | { kind: 'live'; since: number }
  | { kind: 'reconnecting'; since: number }
  | { kind: 'offline'; since: number };

const SILENCE = 35_000; // ms without a sign of life, heartbeats come every 15 s
const OFFLINE = 20_000; // ms without a connection after which "reconnecting" is called "offline"
const PAUSES = [300, 700, 1500, 3000, 5000]; // ms before each attempt, the last again and again

/** How long to wait before the attempt, with a fifth of chance so that many walls do not come at once. */
export function pause(attempt: number, chance = Math.random()): number {
  const base = PAUSES[Math.min(attempt, PAUSES.length - 1)] ?? 5000;
  return base * (0.8 + 0.4 * chance);
}

/** The state of several lines together: the worst, since the longest. */
export function worst(states: State[]): State {
  const rank = (s: State) => ['live', 'connecting', 'reconnecting', 'offline'].indexOf(s.kind);
  const since = (s: State) => (s.kind === 'connecting' ? Infinity : s.since);
  return states.reduce((a, b) => (rank(b) > rank(a) || (rank(b) === rank(a) && since(b) < since(a)) ? b : a), states[0] ?? { kind: 'connecting' });
}

/** How many ms from now until nothing has been heard for so long; 0: it is so already, null: the line lives. */
export function silentIn(state: State, ms: number, now: number): number | null {
  if (state.kind === 'live') return null;
  return state.kind === 'connecting' ? ms : Math.max(0, state.since + ms - now);
}

/** What a call does with its line. It ends when the line ends, and throws when it could not be made. */
export type Call = (signal: AbortSignal) => Promise<void>;

/** Line calls again and again. */
export class Line {
  private heard = Date.now(); // when the server last gave a sign of life
  private attempt = 0;
  private now: State = { kind: 'connecting' };
  private open: AbortController | null = null;
  private wake: (() => void) | null = null;

  /** told hears of every new state. */
  constructor(private call: Call, private told: (now: State) => void) {}

  /** Runs until the page ends. */
  async run(): Promise<never> {
    setInterval(() => this.watch(), 1000);
    addEventListener('online', () => this.retry());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.retry());
    for (;;) {
      this.open = new AbortController();
      await this.call(this.open.signal).catch(() => undefined);
      this.lost();
      await this.sleep(pause(this.attempt++));
    }
  }

  /** Tries at once instead of at the end of the pause. */
  retry(): void {
    if (this.now.kind === 'live') return;
    this.attempt = 0;
    this.wake?.();
  }

  /** Notes a sign of life. */
  sign(): void {
    this.heard = Date.now();
  }

  /** Notes that the server has answered as it should. */
  greeted(): void {
    this.sign();
    this.attempt = 0;
    this.set({ kind: 'live', since: this.heard });
  }

  private lost(): void {
    this.open?.abort();
    if (this.now.kind === 'live' || this.now.kind === 'connecting') this.set({ kind: 'reconnecting', since: this.heard });
  }

  /** Once a second: a silent line is a dead one, and a long loss has its own name. */
  private watch(): void {
    const silent = Date.now() - this.heard;
    if (this.now.kind === 'live' && silent > SILENCE) this.open?.abort();
    if (this.now.kind === 'reconnecting' && silent > OFFLINE) this.set({ kind: 'offline', since: this.now.since });
  }

  private set(now: State): void {
    this.now = now;
    this.told(now);
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
