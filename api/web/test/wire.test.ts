import { describe, expect, test } from 'vitest';
import { decode, FrameError } from '../src/units/wire';
import { frame, type Given } from './frames';

const car: Given = { handle: 7, class: 2, state: 5, freshness: 1, lon: 105.7243101, lat: 34.5802104, course: 271.3, speed: 13.9, fix: 1_764_000_000_123, id: 'V-12', name: '巡特警12' };

describe('a frame', () => {
  test('read byte by byte from a dump written by hand', () => {
    const hex = '574d4c31 02 0800000000000000 7b8c7ab69a010000 01000000'
      + '07000000 02 05 01 06 ddfc033f 3889 9c14 990a 8b00 7b8c7ab69a010000 04 562d3132 03 e8bda6';
    const bytes = Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    expect(decode(bytes.buffer)).toEqual({
      anew: false, version: 8n, time: 1_763_998_076_027,
      moves: [{ handle: 7, class: 2, state: 5, freshness: 1, gone: false, emergency: true, approximate: false, lon: 105.7225949, lat: 34.5803064, course: 271.3, speed: 13.9, fix: 1_763_998_076_027, id: 'V-12', name: '车' }],
    });
  });

  test('of all anew with a unit and its names', () => {
    const { anew, moves } = decode(frame(1, [car]));
    expect(anew).toBe(true);
    expect(moves).toEqual([{ ...car, gone: false, emergency: false, approximate: false }]);
  });

  test('without names, without course and speed, south-west, gone', () => {
    const given: Given = { handle: 4_000_000_000, class: 1, state: 0, freshness: 3, lon: -180, lat: -89.9999999, course: null, speed: null, fix: 0, gone: true, approximate: true };
    expect(decode(frame(2, [given])).moves).toEqual([{ ...given, gone: true, emergency: false, approximate: true }]);
  });

  test('without records', () => expect(decode(frame(2, [])).moves).toEqual([]));

  test('with empty names', () => expect(decode(frame(2, [{ ...car, id: '', name: '' }])).moves[0]).toMatchObject({ id: '', name: '' }));
});

describe('what is no frame', () => {
  const whole = frame(1, [car, { ...car, handle: 8 }]);
  const changed = (at: number, byte: number) => {
    const copy = whole.slice(0);
    new Uint8Array(copy)[at] = byte;
    return copy;
  };

  test('a frame cut anywhere is refused', () => {
    for (let i = 0; i < whole.byteLength; i++) expect(() => decode(whole.slice(0, i)), `cut at ${i}`).toThrow(FrameError);
  });

  test('a frame with more bytes than it tells is refused', () => {
    const longer = new Uint8Array(whole.byteLength + 1);
    longer.set(new Uint8Array(whole));
    expect(() => decode(longer.buffer)).toThrow(/1 bytes too many/);
  });

  test('a count that the bytes cannot hold is refused before anything is made of it', () => expect(() => decode(changed(24, 0xff))).toThrow(/do not fit/));

  const tests: { name: string; data: ArrayBuffer; newer: boolean }[] = [
    { name: 'the next version is told as newer', data: changed(3, 0x32), newer: true },
    { name: 'an unknown type is told as newer', data: changed(4, 9), newer: true },
    { name: 'something else is not', data: changed(0, 0x58), newer: false },
  ];
  for (const { name, data, newer } of tests) {
    test(name, () => {
      let err: unknown;
      try {
        decode(data);
      } catch (e) {
        err = e;
      }
      expect(err).toBeInstanceOf(FrameError);
      expect((err as FrameError).newer).toBe(newer);
    });
  }

  test('a name that is no UTF-8 is refused', () => expect(() => decode(changed(25 + 28 + 1, 0xff))).toThrow(/UTF-8/));

  test('random bytes give a frame or a FrameError, never anything else', () => {
    let s = 11;
    const random = () => (s = (s * 16807) % 2147483647) / 2147483647;
    for (let i = 0; i < 3000; i++) {
      const copy = new Uint8Array(whole.slice(0));
      for (let k = 0; k < 3; k++) copy[5 + Math.floor(random() * (copy.length - 5))] = Math.floor(random() * 256);
      try {
        decode(copy.buffer);
      } catch (err) {
        expect(err, `seed 11, round ${i}`).toBeInstanceOf(FrameError);
      }
    }
  });
});
