// Low shapes of flat faces with a colour each, put together to models. Metres: x right, y ahead, z up. Pure.

import { BufferAttribute, BufferGeometry } from 'three';
import type { Vec3 } from './geodesy';
import type { RGB } from './tint';

/** A rectangle across x and y, at a height. */
export interface Floor { x: number; y: number; z: number; ahead?: number }

/** A Shape grows face by face. */
export class Shape {
  private places: number[] = [];
  private normals: number[] = [];
  private colours: number[] = [];

  /** A box around the middle line: as wide, as long, from one height to another, its middle so far ahead. */
  box(wide: number, long: number, low: number, high: number, colour: RGB, ahead = 0, right = 0): this {
    return this.taper({ x: wide, y: long, z: low, ahead }, { x: wide, y: long, z: high, ahead }, colour, colour, right);
  }

  /** What stands between two rectangles: a cabin, a torso. */
  taper(low: Floor, high: Floor, sides: RGB, top: RGB, right = 0): this {
    const ring = ({ x, y, z, ahead = 0 }: Floor): Vec3[] => [[-x, -y], [x, -y], [x, y], [-x, y]].map(([dx = 0, dy = 0]): Vec3 => [right + dx / 2, ahead + dy / 2, z]);
    return this.between(ring(low), ring(high), sides, top);
  }

  /** A pillar of n sides, narrower or wider at its top. */
  pillar(n: number, radius: number, low: number, high: number, colour: RGB, at: { x?: number; y?: number; top?: number; lid?: RGB } = {}): this {
    const ring = (r: number, z: number): Vec3[] => Array.from({ length: n }, (_, i): Vec3 => [(at.x ?? 0) + r * Math.cos((2 * Math.PI * i) / n), (at.y ?? 0) + r * Math.sin((2 * Math.PI * i) / n), z]);
    return this.between(ring(radius, low), ring(at.top ?? radius, high), colour, at.lid ?? colour);
  }

  /** A flat ring that lies there. */
  ring(inner: number, outer: number, z: number, colour: RGB, n = 28): this {
    const at = (r: number, i: number): Vec3 => [r * Math.cos((2 * Math.PI * i) / n), r * Math.sin((2 * Math.PI * i) / n), z];
    for (let i = 0; i < n; i++) this.face([at(inner, i), at(outer, i), at(outer, i + 1), at(inner, i + 1)], colour);
    return this;
  }

  geometry(): BufferGeometry {
    const out = new BufferGeometry();
    out.setAttribute('position', new BufferAttribute(new Float32Array(this.places), 3));
    out.setAttribute('normal', new BufferAttribute(new Float32Array(this.normals), 3));
    out.setAttribute('color', new BufferAttribute(new Float32Array(this.colours), 3));
    return out;
  }

  private between(low: Vec3[], high: Vec3[], sides: RGB, top: RGB): this {
    for (const [i, a] of low.entries()) {
      const j = (i + 1) % low.length;
      this.face([a, low[j]!, high[j]!, high[i]!], sides);
    }
    return this.face(high, top);
  }

  /** A convex face, counter-clockwise as seen from where it looks to. */
  private face(ring: Vec3[], colour: RGB): this {
    const [a, b, c] = ring as [Vec3, Vec3, Vec3], u = less(b, a), v = less(c, a);
    const n: Vec3 = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]], length = Math.hypot(...n) || 1;
    for (let i = 1; i + 1 < ring.length; i++) {
      for (const p of [a, ring[i]!, ring[i + 1]!]) {
        this.places.push(...p);
        this.normals.push(n[0] / length, n[1] / length, n[2] / length);
        this.colours.push(...colour);
      }
    }
    return this;
  }
}

const less = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
