// Server-sent events as bytes arrive. The browser's EventSource hides comment lines, and with them whether a
// quiet server still lives; it also gives up for good on an HTTP error. So the wall reads the stream itself.

import { signIn } from './api';
import { absence } from './presence';

/** One event of the stream. A comment is an event with the type "comment". */
export interface StreamEvent { type: string; data: string; id: string | null }

/** Parser turns text, cut anywhere, into events. */
export class Parser {
  private rest = '';
  private data: string[] = [];
  private type = '';
  private id: string | null = null;

  /** Takes more text and returns the events that became complete. */
  take(text: string): StreamEvent[] {
    const out: StreamEvent[] = [];
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.line(line, out);
    return out;
  }

  private line(line: string, out: StreamEvent[]): void {
    if (line === '') {
      if (this.data.length) out.push({ type: this.type || 'message', data: this.data.join('\n'), id: this.id });
      this.data = [];
      this.type = '';
      return;
    }
    if (line.startsWith(':')) {
      out.push({ type: 'comment', data: line.slice(1).trim(), id: this.id });
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    if (field === 'event') this.type = value;
    if (field === 'id') this.id = value;
  }
}

/** Reads a stream from after lastID until it ends or signal does; alive hears of every sign of life. */
export async function read(path: string, lastID: string | null, signal: AbortSignal, alive: () => void, take: (event: StreamEvent) => void): Promise<void> {
  const headers: Record<string, string> = { ...absence(), Accept: 'text/event-stream' };
  if (lastID) headers['Last-Event-ID'] = lastID;
  const answer = await fetch(path, { headers, signal, cache: 'no-store' });
  if (answer.status === 401) signIn();
  if (!answer.ok || !answer.body) throw new Error(`${path}: ${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader(), parser = new Parser();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    for (const event of parser.take(value)) take(event);
  }
}
