// Whether somebody sits before the wall. What it asks while nobody does must not keep a session alive.

const ABSENT = 60_000; // ms without a touch after which nobody is there
let touched = Date.now();

/** Notices touches of any kind. */
export function notice(from: EventTarget): void {
  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel']) from.addEventListener(kind, () => (touched = Date.now()), { passive: true, capture: true });
}

/** The header of a request that says that nobody is there, or none. */
export const absence = (): Record<string, string> => (Date.now() - touched > ABSENT ? { 'X-Wardmap-Idle': '1' } : {});
