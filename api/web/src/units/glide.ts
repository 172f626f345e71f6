// Smooth motion between fixes. A unit glides from where it is shown to its new fix for about as long as it took the
// fix to come, so that steady reports look like steady motion; it never runs ahead of what was reported. Pure.

/** A Place is a point of the web mercator square, with a course in degrees where it is known. */
export interface Place { x: number; y: number; course: number | null }

/** A Glide is a motion from one place to another that begins and takes so many ms. */
export interface Glide { from: Place; to: Place; begin: number; span: number }

const LONGEST = 1600; // ms: what is shown is at most two seconds behind what was received
const SHORTEST = 250; // ms: less looks like a jump
const GAP = 40_000; // ms between fixes, above which nobody knows the way between them
const FAR = 1500; // metres, above which it is a jump and shown as one
const EARTH = 40_075_016.686; // metres around the equator

/** The glide from where a unit is shown to a fix that came gap ms after the one before, or null for a jump. */
export function glide(from: Place, to: Place, gap: number, now: number): Glide | null {
  if (gap > GAP || meters(from, to) > FAR) return null;
  return { from: { ...from }, to, begin: now, span: Math.max(SHORTEST, Math.min(LONGEST, gap)) };
}

/** Sets out to where the glide is now, and tells whether it goes on. */
export function follow(glide: Glide, now: number, out: Place): boolean {
  const { from, to } = glide, part = Math.max(0, Math.min(1, (now - glide.begin) / glide.span));
  out.x = from.x + (to.x - from.x) * part;
  out.y = from.y + (to.y - from.y) * part;
  // A unit turns where it starts to move the other way, not all along.
  out.course = turned(from.course, to.course, Math.min(1, part * 3));
  return part < 1;
}

/** A course part of the way from one to another, by the shorter turn. */
export function turned(from: number | null, to: number | null, part: number): number | null {
  if (from === null || to === null) return to;
  const turn = ((to - from + 540) % 360) - 180;
  return (from + turn * part + 360) % 360;
}

/** Metres between two places of the square, as far as a city reaches. */
export function meters(a: Place, b: Place): number {
  const scale = 1 / Math.cosh(Math.PI * (1 - a.y - b.y)); // cosine of the latitude between them
  return Math.hypot(a.x - b.x, a.y - b.y) * EARTH * scale;
}
