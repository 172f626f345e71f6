import { expect, test } from 'vitest';
import { leavesTile, outline } from '../src/outline';
import { unproject, type TileID } from '../src/tilemath';

const tile: TileID = { z: 4, x: 8, y: 7 };
/** Degrees of a place given in tile sides from the tile's north-west corner. */
const at = (x: number, y: number): [number, number] => unproject([(tile.x + x) / 16, (tile.y + y) / 16]);
const ring = (...points: [number, number][]) => ({ type: 'Polygon' as const, coordinates: [[...points, points[0] as [number, number]].map(([x, y]) => at(x, y))] });

test('a feature within the tile keeps its whole ring', () => {
  const square = ring([0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]);
  expect(leavesTile(square, tile)).toBe(false);
  const round = (lines: number[][][]) => lines.map((line) => line.map((p) => p.map((n) => n.toFixed(9))));
  expect(round(outline(square, tile))).toEqual(round(square.coordinates));
});

test('the edges that the tile cut are left out, the true ones end at the tile’s side', () => {
  const cut = ring([0.5, 0.2], [1.015, 0.2], [1.015, 0.8], [0.5, 0.8]);
  expect(leavesTile(cut, tile)).toBe(true);
  const lines = outline(cut, tile);
  const xs = lines.flat().map(([lon]) => ((lon / 360 + 0.5) * 16 - tile.x).toFixed(4));
  expect(Math.max(...xs.map(Number))).toBeCloseTo(1, 4);
  expect(lines).toHaveLength(2);
});

test('a ring around the whole tile, cut on all sides, leaves nothing', () => {
  expect(outline(ring([-0.015, -0.015], [1.015, -0.015], [1.015, 1.015], [-0.015, 1.015]), tile)).toEqual([]);
});

test('points have no outline', () => expect(outline({ type: 'Point', coordinates: at(0.5, 0.5) }, tile)).toEqual([]));
