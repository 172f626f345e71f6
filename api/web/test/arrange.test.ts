import { describe, expect, test } from 'vitest';
import { arrange, MUST, type Spot } from '../src/units/arrange';

const label = { width: 60, height: 18 };
const spot = (x: number, y: number, rank = 1): Spot => ({ x, y, rank, label });
const told = (spots: Spot[], room = true, words = true) => arrange(spots, 30, room, words).map((f) => (f.label ? 'label' : f.icon ? 'icon' : 'dot'));

describe('units on the screen', () => {
  const tests: { name: string; spots: Spot[]; room?: boolean; words?: boolean; want: string[] }[] = [
    { name: 'far from each other have icons and labels', spots: [spot(0, 0), spot(200, 0)], want: ['label', 'label'] },
    { name: 'on one place: one icon, the other is a dot', spots: [spot(0, 0), spot(5, 5)], want: ['label', 'dot'] },
    { name: 'the more important one is the icon', spots: [spot(0, 0), spot(5, 5, 2)], want: ['dot', 'label'] },
    { name: 'beside each other: icons both, but one label has no room', spots: [spot(0, 0), spot(40, 0)], want: ['label', 'icon'] },
    { name: 'no label over the icon of another', spots: [spot(0, 0), spot(0, 26)], want: ['icon', 'label'] },
    { name: 'far out all are dots', spots: [spot(0, 0), spot(200, 0)], room: false, want: ['dot', 'dot'] },
    { name: 'without labels they have none', spots: [spot(0, 0)], words: false, want: ['icon'] },
    { name: 'an emergency is told in full, even far out and in a crowd', spots: [spot(0, 0), spot(2, 0, MUST), spot(4, 0, MUST + 1)], room: false, words: false, want: ['dot', 'label', 'label'] },
    { name: 'one without a name has no label', spots: [{ x: 0, y: 0, rank: 1, label: null }], want: ['icon'] },
  ];
  for (const { name, spots, room, words, want } of tests) test(name, () => expect(told(spots, room, words)).toEqual(want));
});

test('no two icons lie on each other and no label on an icon or a label, against all pairs', () => {
  let s = 5;
  const random = () => (s = (s * 16807) % 2147483647) / 2147483647;
  const spots = Array.from({ length: 600 }, () => spot(random() * 1500 - 200, random() * 900 - 100, Math.floor(random() * 5)));
  const forms = arrange(spots, 30, true, true), half = 0.36 * 30;
  const boxes = spots.flatMap((p, i) => [
    ...(forms[i]?.icon ? [[p.x - half, p.y - half, p.x + half, p.y + half]] : []),
    ...(forms[i]?.label ? [[p.x - 30, p.y + 18.6, p.x + 30, p.y + 36.6]] : []),
  ]);
  expect(boxes.length).toBeGreaterThan(300);
  const hits = (a: number[], b: number[]) => a[0]! < b[2]! && a[2]! > b[0]! && a[1]! < b[3]! && a[3]! > b[1]!;
  expect(boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => hits(a, b)).map((b) => `seed 5: ${a} on ${b}`))).toEqual([]);
});
