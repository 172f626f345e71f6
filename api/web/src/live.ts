// The feed of changes to layers: which tiles are new, which definitions. What moves comes by units/feed.ts, what
// happens by alerts/feed.ts.

import { Line, type State } from './line';
import { read, type StreamEvent } from './sse';
import type { Box } from './tilemath';

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

/** Live reads the feed. */
export class Live {
  private position = new Position();
  private line: Line;

  constructor(private listener: Listener, path = '/events') {
    const call = (signal: AbortSignal) => read(path, this.position.lastID, signal, () => this.line.sign(), (event) => this.take(event));
    this.line = new Line(call, (now) => listener.state(now));
  }

  /** Runs until the page ends. */
  run(): Promise<never> {
    return this.line.run();
  }

  /** Tries at once instead of at the end of the pause. */
  retry(): void {
    this.line.retry();
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
    this.line.greeted();
    this.listener.connected();
    if (this.position.greet(boot) === 'other') this.listener.everything();
  }
}
