import { describe, expect, test } from 'vitest';
import { project, unproject } from '../src/tilemath';
import { plane, type Pixel } from '../src/units/plane';

/** A pinhole camera over the mercator square as the map has it, by rays: independent of the matrices of plane.ts. */
function camera({ lon, lat, zoom, bearing, pitch, width, height }: { lon: number; lat: number; zoom: number; bearing: number; pitch: number; width: number; height: number }) {
  const [cx, cy] = project(lon, lat), world = 512 * 2 ** zoom, far = height / 2 / Math.tan(0.6435011087932844 / 2);
  const b = (bearing * Math.PI) / 180, p = (pitch * Math.PI) / 180;
  return {
    pixel(x: number, y: number): Pixel {
      const [dx, dy] = [(x - cx) * world, (y - cy) * world];
      const right = dx * Math.cos(b) + dy * Math.sin(b), down = -dx * Math.sin(b) + dy * Math.cos(b);
      const depth = far - down * Math.sin(p), scale = far / depth;
      return { x: width / 2 + right * scale, y: height / 2 + down * Math.cos(p) * scale };
    },
    ground(px: number, py: number) {
      const u = px - width / 2, v = py - height / 2;
      const down = (v * far) / (far * Math.cos(p) + v * Math.sin(p)), right = (u * (far - down * Math.sin(p))) / far;
      const [dx, dy] = [right * Math.cos(b) - down * Math.sin(b), right * Math.sin(b) + down * Math.cos(b)];
      const [lng, lat2] = unproject([cx + dx / world, cy + dy / world]);
      return { lng, lat: lat2 };
    },
  };
}

describe('the ground on the screen', () => {
  const views = [
    { name: 'straight down', bearing: 0, pitch: 0, zoom: 13.9 },
    { name: 'turned', bearing: -47, pitch: 0, zoom: 16 },
    { name: 'tilted', bearing: 0, pitch: 60, zoom: 14 },
    { name: 'turned and tilted, very near', bearing: 133, pitch: 70, zoom: 20 },
    { name: 'the whole country', bearing: 10, pitch: 30, zoom: 3 },
  ];
  for (const { name, ...view } of views) {
    test(name, () => {
      const eye = camera({ lon: 105.72, lat: 34.58, width: 1920, height: 1017, ...view }), got = plane(eye.ground, 1920, 1017), out: Pixel = { x: 0, y: 0 };
      for (const [px, py] of [[960, 508], [0, 1017], [1919, 0.5], [300, 200], [1700, 900], [-200, 1200]] as const) {
        const { lng, lat } = eye.ground(px, py), [x, y] = project(lng, lat);
        expect(got.pixel(x, y, out)).toBe(true);
        expect(out.x).toBeCloseTo(px, 3);
        expect(out.y).toBeCloseTo(py, 3);
        const own = eye.pixel(x, y);
        expect(own.x).toBeCloseTo(px, 3);
      }
    });
  }

  test('a place behind the camera is none', () => {
    const eye = camera({ lon: 0, lat: 0, zoom: 10, bearing: 0, pitch: 65, width: 800, height: 600 }), got = plane(eye.ground, 800, 600);
    expect(got.pixel(0.5, 0.9, { x: 0, y: 0 })).toBe(false);
    expect(got.pixel(0.5, 0.4, { x: 0, y: 0 })).toBe(true);
  });

  test('across the antimeridian the nearest copy counts', () => {
    const eye = camera({ lon: 179.9, lat: 0, zoom: 8, bearing: 0, pitch: 0, width: 800, height: 600 }), got = plane(eye.ground, 800, 600), out: Pixel = { x: 0, y: 0 };
    const [x, y] = project(-179.9, 0);
    expect(got.pixel(x, y, out)).toBe(true);
    expect(out.x).toBeCloseTo(400 + (0.2 / 360) * 512 * 2 ** 8, 3);
  });
});
