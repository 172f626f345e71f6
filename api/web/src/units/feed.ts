// The stream of moves: one WebSocket, kept open, whose frames are decoded and handed on in order. After every
// opening the server tells all anew, so nothing that was missed matters.

import { Line, type State } from '../line';
import { CLASSES } from './unit';
import { decode, FrameError, type Frame } from './wire';

/** Moves reads the stream. */
export class Moves {
  private line: Line;

  constructor(private take: (frame: Frame) => void, told: (now: State) => void, private path = '/live') {
    this.line = new Line((signal) => this.call(signal), told);
  }

  /** Runs until the page ends. */
  run(): Promise<never> {
    return this.line.run();
  }

  /** Tries at once instead of at the end of the pause. */
  retry(): void {
    this.line.retry();
  }

  private call(signal: AbortSignal): Promise<void> {
    const url = new URL(`${this.path}?classes=${CLASSES.join(',')}`, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return new Promise((done) => {
      const socket = new WebSocket(url);
      socket.binaryType = 'arraybuffer';
      signal.addEventListener('abort', () => socket.close());
      socket.addEventListener('close', () => done());
      socket.addEventListener('message', (e) => this.hear(e.data as unknown, socket));
    });
  }

  private hear(data: unknown, socket: WebSocket): void {
    this.line.sign();
    if (!(data instanceof ArrayBuffer)) return;
    try {
      const frame = decode(data);
      if (frame.anew) this.line.greeted();
      this.take(frame);
    } catch (err) {
      if (!(err instanceof FrameError)) throw err;
      console.warn('moves:', err.message, err.newer ? '(a newer server: reload the page)' : '');
      socket.close();
    }
  }
}
