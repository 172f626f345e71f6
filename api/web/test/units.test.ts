import { describe, expect, test } from 'vitest';
import { follow, glide, meters, turned, type Place } from '../src/units/glide';
import { Units } from '../src/units/store';
import { stateNamed, stateOf, STATES } from '../src/units/unit';
import { decode } from '../src/units/wire';
import { project, unproject } from '../src/tilemath';
import { frame, type Given } from './frames';

const NOW = 1_764_000_001_000;
const car: Given = { handle: 1, class: 2, state: 2, freshness: 1, lon: 105.72, lat: 34.58, course: 90, speed: 10, fix: NOW - 800, id: 'V-1', name: '巡01' };
const told = (type: 1 | 2, ...moves: Given[]) => decode(frame(type, moves, NOW));

describe('the units', () => {
  test('all anew replaces what was there, changes leave the others alone', () => {
    const units = new Units();
    units.apply(told(1, car, { ...car, handle: 2, id: 'V-2' }), 0, NOW);
    units.apply(told(2, { ...car, handle: 3, id: 'V-3' }), 100, NOW);
    expect([...units.all()].map((u) => u.id)).toEqual(['V-1', 'V-2', 'V-3']);
    units.apply(told(1, { ...car, handle: 2, id: 'V-2' }), 200, NOW);
    expect([...units.all()].map((u) => u.id)).toEqual(['V-2']);
    expect(units.get('V-1')).toBeUndefined();
  });

  test('gone and expired ones are off the picture, stale ones stay', () => {
    const units = new Units();
    units.apply(told(1, car, { ...car, handle: 2, id: 'V-2' }, { ...car, handle: 3, id: 'V-3' }), 0, NOW);
    const { id, name, ...bare } = car;
    units.apply(told(2, { ...bare, gone: true }, { ...bare, handle: 2, freshness: 3 }, { ...bare, handle: 3, freshness: 2 }), 0, NOW);
    expect([...units.all()].map((u) => [u.id, u.stale])).toEqual([['V-3', true]]);
  });

  test('devices that stand are no units of the wall', () => {
    const units = new Units();
    units.apply(told(1, { ...car, class: 5 }, { ...car, handle: 2, class: 0 }, { ...car, handle: 3, class: 99 }), 0, NOW);
    expect(units.size).toBe(0);
  });

  test('a name is kept until another follows', () => {
    const units = new Units(), { id, name, ...bare } = car;
    units.apply(told(1, car), 0, NOW);
    units.apply(told(2, { ...bare, state: 5 }), 0, NOW);
    expect(units.get(id ?? '')).toMatchObject({ name, state: 'en_route', look: 'en_route' });
    units.apply(told(2, { ...car, name: '巡99' }), 0, NOW);
    expect(units.get(id ?? '')?.name).toBe('巡99');
  });

  test('a unit that expired comes back under its name, which is told once', () => {
    const units = new Units(), { id, name, ...bare } = car;
    units.apply(told(1, car), 0, NOW);
    units.apply(told(2, { ...bare, freshness: 3 }), 0, NOW);
    expect(units.get('V-1')).toBeUndefined();
    units.apply(told(2, bare), 0, NOW);
    expect(units.get(id ?? '')?.name).toBe(name);
  });

  test('a handle that is given to another unit begins anew at its place', () => {
    const units = new Units();
    units.apply(told(1, car), 0, NOW);
    units.apply(told(2, { ...car, id: 'B-7', class: 3, lon: 105.8 }), 500, NOW);
    expect(units.get('V-1')).toBeUndefined();
    expect(units.get('B-7')).toMatchObject({ class: 'bus', glide: null, x: project(105.8, 34.58)[0] });
  });

  test('an emergency is told when it begins and when it ends, by the button or by the state', () => {
    const units = new Units(), alarms = (given: Given) => units.apply(told(2, given), 0, NOW).map((u) => [u.id, u.emergency, u.look]);
    expect(alarms(car)).toEqual([]);
    expect(alarms({ ...car, emergency: true })).toEqual([['V-1', true, 'emergency']]);
    expect(alarms({ ...car, emergency: true, state: 13 })).toEqual([]);
    expect(alarms({ ...car, state: 13 })).toEqual([]);
    expect(alarms(car)).toEqual([['V-1', false, 'available']]);
    expect(alarms({ ...car, handle: 9, id: 'O-9', emergency: true })).toEqual([['O-9', true, 'emergency']]);
  });

  test('ages go by the server’s clock', () => {
    const units = new Units();
    units.apply(told(1, car), 0, NOW - 60_000); // this clock is a minute slow
    expect(units.age({ fix: NOW - 800 }, NOW - 59_000)).toBe(1800);
    expect(units.age({ fix: NOW + 99_000 }, NOW - 59_000)).toBe(0);
  });

  test('counts by class and freshness', () => {
    const units = new Units();
    units.apply(told(1, car, { ...car, handle: 2, id: 'V-2', freshness: 2 }, { ...car, handle: 3, id: 'O-1', class: 1 }), 0, NOW);
    expect(units.counts()).toEqual({ officer: { fresh: 1, stale: 0 }, vehicle: { fresh: 1, stale: 1 }, bus: { fresh: 0, stale: 0 }, drone: { fresh: 0, stale: 0 } });
  });
});

describe('a unit glides', () => {
  const moved = (gap: number, lon: number, still = false) => {
    const units = new Units(() => still);
    units.apply(told(1, car), 0, NOW);
    units.apply(told(2, { ...car, lon, fix: NOW }), gap, NOW);
    const unit = units.get('V-1');
    return { units, at: (now: number) => (units.advance(now), Math.round((unproject([unit?.x ?? 0, unit?.y ?? 0])[0] - 105.72) * 1e5)), unit };
  };

  test('to a fix that came after a second, for a second', () => {
    const { at } = moved(1000, 105.721);
    expect([1000, 1250, 1500, 2000, 9000].map(at)).toEqual([0, 25, 50, 100, 100]);
  });
  test('never longer than 1.6 s, however rare the fixes', () => expect([1800, 11_600].map(moved(10_000, 105.721).at)).toEqual([0, 100]));
  test('not across a gap in which nobody knows the way', () => expect(moved(60_000, 105.721).at(60_000)).toBe(100));
  test('not farther than a unit can go', () => expect(moved(1000, 105.75).at(1000)).toBe(3000));
  test('not at all for readers who want no motion', () => expect(moved(1000, 105.721, true).at(1000)).toBe(100));
  test('on from where it is, when the next fix comes early', () => {
    const { units, at } = moved(1000, 105.721);
    expect(at(1500)).toBe(50);
    units.apply(told(2, { ...car, lon: 105.722, fix: NOW + 1 }), 1500, NOW);
    expect([1500, 1750, 2000].map(at)).toEqual([50, 125, 200]);
  });
  test('on, when only its state changes', () => {
    const { units, at, unit } = moved(1000, 105.721);
    at(1500);
    units.apply(told(2, { ...car, lon: 105.721, fix: NOW, state: 6 }), 1600, NOW);
    expect(unit?.state).toBe('on_scene');
    expect([1600, 2000].map(at)).toEqual([60, 100]);
  });
  test('until it stands, and says so', () => {
    const { units } = moved(1000, 105.721);
    expect([1100, 1999, 2000, 2001].map((now) => units.advance(now))).toEqual([true, true, false, false]);
  });
});

describe('courses', () => {
  const tests: { name: string; from: number | null; to: number | null; part: number; want: number | null }[] = [
    { name: 'half way', from: 0, to: 90, part: 0.5, want: 45 },
    { name: 'across north, clockwise', from: 350, to: 20, part: 0.5, want: 5 },
    { name: 'across north, back', from: 10, to: 350, part: 0.5, want: 0 },
    { name: 'from an unknown one at once', from: null, to: 70, part: 0, want: 70 },
    { name: 'to an unknown one at once', from: 70, to: null, part: 0, want: null },
  ];
  for (const { name, from, to, part, want } of tests) test(name, () => expect(turned(from, to, part)).toBe(want));
});

test('known number: a thousandth of a degree of latitude is 111.3 m, of longitude at 60° half of it', () => {
  const place = (lon: number, lat: number): Place => { const [x, y] = project(lon, lat); return { x, y, course: null }; };
  expect(meters(place(10, 45), place(10, 45.001))).toBeCloseTo(111.32, 1);
  expect(meters(place(10, 60), place(10.001, 60))).toBeCloseTo(55.66, 1);
});

test('a glide holds its ends whatever the clock says', () => {
  const from: Place = { x: 0.5, y: 0.5, course: 0 }, to: Place = { x: 0.500001, y: 0.5, course: 0 }, out: Place = { ...from };
  const way = glide(from, to, 1000, 100);
  expect(way && follow(way, 0, out) && out.x).toBe(0.5);
  expect(way && follow(way, 1e9, out)).toBe(false);
  expect(out.x).toBe(to.x);
});

test('states go by their codes, and an unknown one is never available', () => {
  expect(STATES.map((_, code) => stateOf(code).name)).toEqual(STATES.map((s) => s.name));
  expect(STATES).toHaveLength(14);
  expect([stateOf(14).name, stateOf(255).name, stateNamed('nonsense').name]).toEqual(['unknown', 'unknown', 'unknown']);
  expect(stateNamed('en_route').look).toBe('en_route');
});
