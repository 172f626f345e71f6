// Models of what moves: an officer, a patrol car, a bus, a drone, as large as they are, with the colour of their state
// on them and in a ring around them. Pure.

import type { BufferGeometry } from 'three';
import { LOOKS, type Class, type Look } from '../units/unit';
import { Shape } from './shape';
import { css, type RGB } from './tint';

/** How long a unit of each class is, in metres: what makes it as large on the screen as it must be. */
export const LENGTHS: Record<Class, number> = { officer: 1.8, vehicle: 4.8, bus: 11.5, drone: 1.6 };

const NAVY: RGB = [0.1, 0.15, 0.27], WHITE: RGB = [0.93, 0.95, 0.97], GLASS: RGB = [0.07, 0.1, 0.14], TYRE: RGB = [0.06, 0.06, 0.07], SKIN: RGB = [0.85, 0.68, 0.55];
const RED: RGB = [0.95, 0.15, 0.13], BLUE: RGB = [0.16, 0.36, 1], GREY: RGB = [0.42, 0.47, 0.52];
const HOVER = 4; // lengths that a drone flies above ground

/** The model of a class in a state. A unit whose place is old has no colour of its own. */
export function model(kind: Class, look: Look, stale: boolean): BufferGeometry {
  const state = stale ? GREY : (css(LOOKS[look].color) ?? GREY), body = stale ? GREY : WHITE;
  const shape = new Shape();
  MAKE[kind](shape, body, state);
  const half = LENGTHS[kind] / 2;
  return shape.ring(half * 1.25, half * 1.5, half * 0.05, state).geometry();
}

const MAKE: Record<Class, (shape: Shape, body: RGB, state: RGB) => void> = { officer, vehicle, bus, drone };

function officer(shape: Shape, body: RGB, state: RGB): void {
  for (const side of [-0.13, 0.13]) shape.box(0.18, 0.22, 0, 0.82, NAVY, 0, side);
  shape.taper({ x: 0.42, y: 0.26, z: 0.8 }, { x: 0.56, y: 0.3, z: 1.42 }, state, state);
  for (const side of [-0.36, 0.36]) shape.box(0.13, 0.17, 0.82, 1.4, NAVY, 0, side);
  shape.pillar(8, 0.13, 1.44, 1.68, body === WHITE ? SKIN : body);
  shape.pillar(8, 0.15, 1.66, 1.78, NAVY, { top: 0.19 });
}

function vehicle(shape: Shape, body: RGB, state: RGB): void {
  wheels(shape, 1.86, [-1.45, 1.45], 0.33);
  shape.box(1.84, 4.7, 0.3, 0.58, body);
  shape.box(1.88, 4.74, 0.58, 0.76, state);
  shape.taper({ x: 1.84, y: 4.7, z: 0.76 }, { x: 1.74, y: 4.5, z: 0.98 }, body, body);
  shape.taper({ x: 1.66, y: 2.9, z: 0.98, ahead: -0.3 }, { x: 1.42, y: 1.8, z: 1.5, ahead: -0.35 }, GLASS, body);
  lights(shape, 1.5, 0.35, 1.5, -0.2);
}

function bus(shape: Shape, body: RGB, state: RGB): void {
  wheels(shape, 2.5, [-3.6, 3.7], 0.5);
  shape.box(2.5, 11.4, 0.4, 1.25, state);
  shape.box(2.46, 11.34, 1.25, 2.45, GLASS);
  shape.box(2.5, 11.4, 2.45, 2.85, body);
  shape.box(1.7, 2.6, 2.85, 3.1, body, -2.6);
  shape.box(2, 0.08, 2.5, 2.8, state, 5.72);
}

function drone(shape: Shape, body: RGB, state: RGB): void {
  const up = HOVER * LENGTHS.drone;
  shape.pillar(4, 0.02, 0, up, state);
  shape.taper({ x: 0.42, y: 0.62, z: up }, { x: 0.3, y: 0.46, z: up + 0.2 }, body, state);
  for (const [x, y] of [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]] as const) {
    shape.box(0.09, 0.09, up + 0.05, up + 0.2, NAVY, y, x).pillar(10, 0.34, up + 0.2, up + 0.24, NAVY, { x, y, lid: state });
  }
  shape.box(1.1, 0.08, up + 0.08, up + 0.15, NAVY, 0.5).box(1.1, 0.08, up + 0.08, up + 0.15, NAVY, -0.5);
}

function wheels(shape: Shape, wide: number, axles: number[], radius: number): void {
  for (const ahead of axles) for (const side of [-1, 1]) shape.box(0.24, radius * 2, 0, radius * 2, TYRE, ahead, side * (wide / 2 - 0.1));
}

function lights(shape: Shape, wide: number, long: number, low: number, ahead: number): void {
  for (const [side, colour] of [[-1, RED], [1, BLUE]] as const) shape.box(wide / 2, long, low, low + 0.2, colour, ahead, (side * wide) / 4);
}
