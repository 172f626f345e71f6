// Keeps the address of the page true to what the wall shows, and the wall true to the address.

import { decode, encode, type View } from './hash';

/** Address writes at most a few times a second: browsers refuse more. */
export class Address {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private written = '';

  /** now says what the wall shows; go makes it show what an address says. */
  constructor(private now: () => View, go: (view: View) => void) {
    addEventListener('hashchange', () => {
      if (location.hash !== this.written) go(decode(location.hash));
    });
  }

  /** Says that the wall shows something else. */
  changed(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.written = '#' + encode(this.now());
      if (location.hash !== this.written) history.replaceState(null, '', this.written);
    }, 250);
  }
}
