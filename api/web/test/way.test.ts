import { describe, expect, test } from 'vitest';
import { drawing, rest } from '../src/nearest/way';

type Point = [number, number];
const road: Point[] = [[0, 0], [1, 0], [1, 1]];

describe('what is left of a road', () => {
  const tests: { name: string; at: Point; want: Point[] }[] = [
    { name: 'from its beginning: all', at: [0, 0], want: road },
    { name: 'from before it: all', at: [-1, 0.2], want: road },
    { name: 'from beside its first part', at: [0.25, 0.1], want: [[0.25, 0], [1, 0], [1, 1]] },
    { name: 'from beside its last part', at: [1.1, 0.5], want: [[1, 0.5], [1, 1]] },
    { name: 'from beyond its end: nothing but the end', at: [1, 2], want: [[1, 1], [1, 1]] },
  ];
  for (const { name, at, want } of tests) test(name, () => expect(rest(road, at).map((p) => p.map((n) => Number(n.toFixed(9))))).toEqual(want));
});

test('links go to all units but the one that is looked at, whose way has dotted ends', () => {
  const units = [{ id: 'a', at: [0, -0.1] as Point }, { id: 'b', at: [5, 5] as Point }];
  const roles = (looked: Parameters<typeof drawing>[2]) => drawing([1, 1.2], units, looked).features.map((f) => f.properties?.role);
  expect(roles(null)).toEqual(['link', 'link', 'origin']);
  expect(roles({ id: 'a', way: road })).toEqual(['link', 'end', 'way', 'end', 'origin']);
  expect(roles({ id: 'a', way: null })).toEqual(['link', 'end', 'origin']);
  expect(roles({ id: 'gone', way: road })).toEqual(['link', 'link', 'origin']);
});
