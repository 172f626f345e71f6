import { describe, expect, test } from 'vitest';
import { around, project, tilesOf, touches, unproject, type Box, type TileID } from '../src/tilemath';

test('known numbers: Tianshui lies in tile 13/6501/3256', () => {
  const [x, y] = project(105.72, 34.58);
  expect([Math.floor(x * 8192), Math.floor(y * 8192)]).toEqual([6501, 3256]);
});

test('unproject undoes project', () => {
  for (const [lon, lat] of [[105.72, 34.58], [-180, -85], [179.9, 80], [0, 0]] as const) {
    const back = unproject(project(lon, lat));
    expect(back[0]).toBeCloseTo(lon, 9);
    expect(back[1]).toBeCloseTo(lat, 9);
  }
});

describe('tiles of a box', () => {
  const tests: { name: string; box: Box; z: number; want: string[] | null }[] = [
    { name: 'a point within a tile is in that tile only', box: [105.72, 34.58, 105.72, 34.58], z: 13, want: ['6501/3256'] },
    { name: 'the world at zoom 1', box: [-180, -85, 180, 85], z: 1, want: ['0/0', '1/0', '0/1', '1/1'] },
    { name: 'a point on a tile corner reaches four tiles by their buffers', box: [0, 0, 0, 0], z: 2, want: ['1/1', '2/1', '1/2', '2/2'] },
    { name: 'a box across the antimeridian', box: [179, 1, -179, 2], z: 3, want: ['7/3', '0/3'] },
    { name: 'too many tiles are none', box: [-180, -85, 180, 85], z: 10, want: null },
  ];
  for (const { name, box, z, want } of tests) {
    test(name, () => expect(tilesOf(box, z)?.map((t) => `${t.x}/${t.y}`).sort() ?? null).toEqual(want && [...want].sort()));
  }
});

test('touches agrees with tilesOf for random boxes, buffers included', () => {
  const random = seeded(7);
  for (let i = 0; i < 300; i++) {
    const w = random() * 340 - 170, s = random() * 150 - 75, z = 2 + Math.floor(random() * 5);
    const box: Box = [w, s, w + random() * 8, s + random() * 8];
    const want = new Set(tilesOf(box, z)?.map((t) => `${t.x}/${t.y}`));
    const wrong: TileID[] = [];
    for (let x = 0; x < 2 ** z; x++) for (let y = 0; y < 2 ** z; y++) if (touches({ z, x, y }, box) !== want.has(`${x}/${y}`)) wrong.push({ z, x, y });
    expect(wrong, `seed 7, ${JSON.stringify(box)}`).toEqual([]);
  }
});

test('around', () => {
  expect(around([])).toBeNull();
  expect(around([[1, 2, 3, 4], [0, 3, 2, 9]])).toEqual([0, 2, 3, 9]);
});

function seeded(seed: number): () => number {
  let s = seed;
  return () => (s = (s * 16807) % 2147483647) / 2147483647;
}
