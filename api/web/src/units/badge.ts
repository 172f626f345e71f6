// The signs of units: drawn as paths, sharp at any size. The outline tells the class, the colour the state, a
// wedge the course; hatching tells that nobody knows where the unit is now.

import { LOOKS, type Class, type Look } from './unit';

/** A Sign is what a badge tells. */
export interface Sign { class: Class; look: Look; stale: boolean }

/** Pictures for the map are drawn off the screen, those for the page in it. */
export type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
type Tones = { body: string; edge: string; ink: string };

const CASING = '#04080cd9', DARK = '#0a141d';

/** Draws a sign around 0,0; r is about half its width. */
export function badge(pen: Pen, { class: kind, look, stale }: Sign, r: number): void {
  const { body, edge, ink } = tones(look, stale);
  pen.save();
  pen.lineJoin = 'round';
  outline(pen, kind, r);
  stroke(pen, CASING, r * 0.36);
  pen.fillStyle = body;
  pen.fill();
  if (stale) hatch(pen, LOOKS[look].color, r);
  outline(pen, kind, r);
  if (stale) pen.setLineDash([r * 0.38, r * 0.26]);
  stroke(pen, edge, r * (look === 'emergency' ? 0.2 : 0.13));
  pen.setLineDash([]);
  if (stale) {
    pen.shadowColor = body;
    pen.shadowBlur = r * 0.25;
  }
  glyph(pen, kind, r * 0.98, ink, body);
  pen.restore();
}

/** How far out a wedge must stand to clear the outline. */
const CLEAR: Record<Class, number> = { officer: 0, vehicle: 0.16, bus: 0.24, drone: 0.12 };

/** Draws the wedge of a course to the north of a sign: turn the pen before. */
export function wedge(pen: Pen, kind: Class, look: Look, r: number): void {
  pen.translate(0, -r * CLEAR[kind]);
  pen.beginPath();
  pen.moveTo(0, -r * 1.88);
  pen.lineTo(r * 0.6, -r * 1.2);
  pen.quadraticCurveTo(0, -r * 1.44, -r * 0.6, -r * 1.2);
  pen.closePath();
  pen.lineJoin = 'round';
  stroke(pen, CASING, r * 0.3);
  pen.fillStyle = LOOKS[look].color;
  pen.fill();
}

/** Draws the small mark of a unit where signs have no room. */
export function dot(pen: Pen, { class: kind, look, stale }: Sign, r: number): void {
  outline(pen, kind, r);
  stroke(pen, CASING, r * 0.7);
  pen.fillStyle = stale ? '#222c36' : LOOKS[look].color;
  pen.fill();
  if (stale) stroke(pen, LOOKS[look].color, r * 0.4);
}

function tones(look: Look, stale: boolean): Tones {
  const { color } = LOOKS[look];
  if (stale) return { body: '#18212a', edge: color, ink: '#dbe4ec' };
  if (look === 'off') return { body: '#2c3946', edge: color, ink: '#b4c2cf' };
  if (look === 'unknown') return { body: '#3a4855', edge: color, ink: '#e3eaf0' };
  if (look === 'emergency') return { body: '#d81f1a', edge: '#ffffff', ink: '#ffffff' };
  return { body: color, edge: '#ffffff73', ink: DARK };
}

function stroke(pen: Pen, color: string, width: number): void {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.stroke();
}

/** Officers are round, vehicles square, buses wide, drones stand on a corner. */
function outline(pen: Pen, kind: Class, r: number): void {
  pen.beginPath();
  if (kind === 'officer') pen.arc(0, 0, r, 0, 2 * Math.PI);
  if (kind === 'vehicle') pen.roundRect(-r * 0.95, -r * 0.95, r * 1.9, r * 1.9, r * 0.42);
  if (kind === 'bus') pen.roundRect(-r * 1.18, -r * 0.82, r * 2.36, r * 1.64, r * 0.38);
  if (kind === 'drone') {
    pen.moveTo(0, -r * 1.3);
    for (const [x, y] of [[1.3, 0], [0, 1.3], [-1.3, 0]] as const) pen.lineTo(x * r, y * r);
    pen.closePath();
  }
}

function hatch(pen: Pen, color: string, r: number): void {
  pen.save();
  pen.clip();
  pen.beginPath();
  for (let x = -3 * r; x <= 3 * r; x += r * 0.5) {
    pen.moveTo(x - r, r * 1.4);
    pen.lineTo(x + r * 1.4, -r);
  }
  pen.globalAlpha = 0.42;
  stroke(pen, color, r * 0.16);
  pen.restore();
}

function glyph(pen: Pen, kind: Class, r: number, ink: string, body: string): void {
  pen.fillStyle = ink;
  pen.strokeStyle = ink;
  const draw = { officer: person, vehicle: car, bus: coach, drone: copter }[kind];
  pen.beginPath();
  draw(pen, r, body);
}

function person(pen: Pen, r: number): void {
  pen.arc(0, -r * 0.3, r * 0.27, 0, 2 * Math.PI);
  pen.fill();
  pen.beginPath();
  pen.moveTo(-r * 0.55, r * 0.6);
  pen.bezierCurveTo(-r * 0.55, -r * 0.06, r * 0.55, -r * 0.06, r * 0.55, r * 0.6);
  pen.closePath();
  pen.fill();
  pen.beginPath(); // the cap's peak
  pen.roundRect(-r * 0.38, -r * 0.62, r * 0.76, r * 0.16, r * 0.08);
  pen.fill();
}

function car(pen: Pen, r: number, body: string): void {
  pen.moveTo(-r * 0.36, -r * 0.42);
  pen.lineTo(r * 0.36, -r * 0.42);
  pen.lineTo(r * 0.6, r * 0.06);
  pen.lineTo(r * 0.6, r * 0.62);
  pen.lineTo(-r * 0.6, r * 0.62);
  pen.lineTo(-r * 0.6, r * 0.06);
  pen.closePath();
  pen.roundRect(-r * 0.24, -r * 0.66, r * 0.48, r * 0.2, r * 0.06); // the light bar
  pen.fill();
  pen.fillStyle = body;
  pen.beginPath();
  pen.moveTo(-r * 0.27, -r * 0.28);
  pen.lineTo(r * 0.27, -r * 0.28);
  pen.lineTo(r * 0.41, r * 0.02);
  pen.lineTo(-r * 0.41, r * 0.02);
  pen.closePath();
  pen.roundRect(-r * 0.46, r * 0.22, r * 0.24, r * 0.17, r * 0.06);
  pen.roundRect(r * 0.22, r * 0.22, r * 0.24, r * 0.17, r * 0.06);
  pen.fill();
}

function coach(pen: Pen, r: number, body: string): void {
  pen.roundRect(-r * 0.82, -r * 0.46, r * 1.64, r * 0.82, r * 0.16);
  pen.fill();
  pen.beginPath();
  for (const x of [-0.48, 0.48]) pen.arc(x * r, r * 0.38, r * 0.17, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = body;
  pen.beginPath();
  for (const x of [-0.66, -0.2, 0.26]) pen.roundRect(x * r, -r * 0.3, r * 0.36, r * 0.3, r * 0.05);
  pen.fill();
}

function copter(pen: Pen, r: number): void {
  pen.lineWidth = r * 0.14;
  for (const [x, y] of [[-1, -1], [1, -1], [1, 1], [-1, 1]] as const) {
    pen.beginPath();
    pen.moveTo(0, 0);
    pen.lineTo(x * r * 0.4, y * r * 0.4);
    pen.stroke();
    pen.beginPath();
    pen.arc(x * r * 0.42, y * r * 0.42, r * 0.2, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.beginPath();
  pen.roundRect(-r * 0.19, -r * 0.19, r * 0.38, r * 0.38, r * 0.08);
  pen.fill();
}
