// The connection to the server's feed of changes: one stream, read as long as the page lives. It notices a dead
// line by the missing heartbeat, comes back by itself with growing pauses, and says how old the picture is.

import type { Box } from './tilemath';
import { Parser, type StreamEvent } from './sse';

/** What the wall does with news. */
export interface Listener {
  /** Tiles of these layers inside these boxes are new. */
  changed(layers: Record<string, Box[]>): void;
  /** Definitions of these layers are new. */
  redefined(layers: string[]): void;
  /** Anything may have changed: the server is another one, or news were missed. */
  everything(): void;
  /** The server answers again after it did not, or for the first time. */
  connected(): void;
  /** The state of the connection is another one. */
  state(now: State): void;
}

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

/** What the feed's position was, and what an answer's greeting means for it. */
export class Position {
  private boot: string | null = null;
  lastID: string | null = null;

  /** Takes a greeting. "new" is the first one, "other" a server that knows nothing of what was missed. */
  greet(boot: string): 'new' | 'same' | 'other' {
    const was = this.boot;
    this.boot = boot;
    return was === null ? 'new' : was === boot ? 'same' : 'other';
  }
}

/** Live keeps the connection. */
export class Live {
  private position = new Position();
  private heard = Date.now(); // when the server last gave a sign of life
  private attempt = 0;
  private now: State = { kind: 'connecting' };
  private line: AbortController | null = null;
  private wake: (() => void) | null = null;

  constructor(private listener: Listener, private path = '/events') {}

  /** Runs until the page ends. */
  async run(): Promise<never> {
    setInterval(() => this.watch(), 1000);
    addEventListener('online', () => this.retry());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.retry());
    for (;;) {
      await this.connect().catch(() => undefined);
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

  private async connect(): Promise<void> {
    this.line = new AbortController();
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (this.position.lastID) headers['Last-Event-ID'] = this.position.lastID;
    const answer = await fetch(this.path, { headers, signal: this.line.signal, cache: 'no-store' });
    if (!answer.ok || !answer.body) throw new Error(`events: ${answer.status}`);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new Parser();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.heard = Date.now();
      for (const event of parser.take(value)) this.take(event);
    }
  }

  private take(event: StreamEvent): void {
    if (event.type === 'comment') return;
    const said = JSON.parse(event.data) as { boot?: string; layers?: unknown };
    if (event.type === 'hello') this.greeted(said.boot ?? '');
    if (event.type === 'change') this.listener.changed(said.layers as Record<string, Box[]>);
    if (event.type === 'layers') this.listener.redefined(said.layers as string[]);
    if (event.type === 'gap') this.listener.everything();
    if (event.id) this.position.lastID = event.id;
  }

  private greeted(boot: string): void {
    this.attempt = 0;
    this.set({ kind: 'live', since: Date.now() });
    this.listener.connected();
    if (this.position.greet(boot) === 'other') this.listener.everything();
  }

  private lost(): void {
    this.line?.abort();
    if (this.now.kind === 'live' || this.now.kind === 'connecting') this.set({ kind: 'reconnecting', since: this.heard });
  }

  /** Once a second: a silent line is a dead one, and a long loss has its own name. */
  private watch(): void {
    const silent = Date.now() - this.heard;
    if (this.now.kind === 'live' && silent > SILENCE) this.line?.abort();
    if (this.now.kind === 'reconnecting' && silent > OFFLINE) this.set({ kind: 'offline', since: this.now.since });
  }

  private set(now: State): void {
    this.now = now;
    this.listener.state(now);
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
