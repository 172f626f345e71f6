// The stream of alerts. It begins a little back, so that a wall that has just opened shows what happened lately, and
// goes on where it was after a loss.

import { ask } from '../api';
import { Line, type State } from '../line';
import { read, type StreamEvent } from '../sse';
import type { Alert } from './alert';

const BACK = 200; // alerts from before the page was opened

/** What the wall does with alerts. */
export interface Listener {
  alert(alert: Alert): void;
  /** Alerts are missing between those before and those that come; anew: they are numbered from one again. */
  gap(anew: boolean): void;
  state(now: State): void;
}

/** AlertFeed reads the stream. */
export class AlertFeed {
  private line: Line;
  private last: string | null = null;

  constructor(private listener: Listener, private path = '/alerts') {
    this.line = new Line((signal) => this.call(signal), (now) => listener.state(now));
  }

  /** Runs until the page ends. */
  run(): Promise<never> {
    return this.line.run();
  }

  /** Tries at once instead of at the end of the pause. */
  retry(): void {
    this.line.retry();
  }

  private async call(signal: AbortSignal): Promise<void> {
    const { newest } = await ask<{ newest: number }>(`${this.path}/log?limit=1`, signal);
    // A server whose log ends before what was heard is another one.
    if (this.last !== null && Number(this.last) > newest) this.listener.gap(true);
    if (this.last === null || Number(this.last) > newest) this.last = String(Math.max(0, newest - BACK));
    this.line.greeted();
    await read(this.path, this.last, signal, () => this.line.sign(), (event) => this.take(event));
  }

  private take(event: StreamEvent): void {
    if (event.type === 'comment') return;
    const said = JSON.parse(event.data) as Alert & { after?: number };
    if (event.type === 'gap') this.listener.gap((said.after ?? 0) > said.seq);
    else this.listener.alert(said);
    if (event.id) this.last = event.id;
  }
}
