// Where places of the ground are on the screen. Whatever its turn and tilt, the map shows flat ground by a
// projective map, and four points tell it whole: thousands of units then cost a few multiplications each. Pure.

import { project } from '../tilemath';

/** A Plane sets out to the pixel of a place of the mercator square; false: it lies behind the camera. */
export interface Plane { pixel(x: number, y: number, out: Pixel): boolean }
export interface Pixel { x: number; y: number }

/** Row by row: [a b c; d e f; g h 1]. */
type Matrix = readonly [number, number, number, number, number, number, number, number, number];
type Corner = readonly [number, number];
type Corners = readonly [Corner, Corner, Corner, Corner]; // of the squares' 0,0 1,0 1,1 0,1

/** The plane of a view, told by which degrees lie under a pixel. */
export function plane(ground: (x: number, y: number) => { lng: number; lat: number }, width: number, height: number): Plane {
  // The lower part of the view is ground for certain, even when the upper one is sky.
  const screen: Corners = [[0, height * 0.45], [width, height * 0.45], [width, height], [0, height]];
  const square = screen.map(([x, y]) => {
    const { lng, lat } = ground(x, y);
    return project(lng, lat);
  });
  const [east, y0] = square[2] as Corner, x0 = (east + (square[3] as Corner)[0]) / 2;
  const size = Math.max(...square.map(([x, y]) => Math.hypot(x - x0, y - y0))) || 1;
  const local = square.map(([x, y]) => [(x - x0) / size, (y - y0) / size] as const) as unknown as Corners;
  const m = times(ofSquare(screen), inverse(ofSquare(local)));
  const front = Math.sign(m[6] * local[2][0] + m[7] * local[2][1] + m[8]);
  return {
    pixel(x, y, out) {
      const dx = x - x0, u = (dx - Math.round(dx)) / size, v = (y - y0) / size; // the nearest copy of the world
      const w = m[6] * u + m[7] * v + m[8];
      if (w * front <= 0) return false;
      out.x = (m[0] * u + m[1] * v + m[2]) / w;
      out.y = (m[3] * u + m[4] * v + m[5]) / w;
      return true;
    },
  };
}

/** The projective map of the unit square onto four corners (Heckbert 1989). */
function ofSquare([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]: Corners): Matrix {
  const sx = x0 - x1 + x2 - x3, sy = y0 - y1 + y2 - y3;
  const dx1 = x1 - x2, dx2 = x3 - x2, dy1 = y1 - y2, dy2 = y3 - y2, det = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / det, h = (dx1 * sy - sx * dy1) / det;
  return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1];
}

/** The inverse, up to a factor, which a projective map does not feel. */
function inverse([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  return [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d];
}

function times(m: Matrix, n: Matrix): Matrix {
  const cell = (row: number, column: number) => m[row * 3]! * n[column]! + m[row * 3 + 1]! * n[column + 3]! + m[row * 3 + 2]! * n[column + 6]!;
  return [cell(0, 0), cell(0, 1), cell(0, 2), cell(1, 0), cell(1, 1), cell(1, 2), cell(2, 0), cell(2, 1), cell(2, 2)];
}
