import { describe, expect, test } from 'vitest';
import { decode, encode, type View } from '../src/hash';

const nothing: View = { camera: null, on: [], off: [], open: null };

describe('a view goes into the address and back', () => {
  const tests: { name: string; view: View; hash: string }[] = [
    { name: 'nothing', view: nothing, hash: '' },
    { name: 'a camera that looks straight down', view: { ...nothing, camera: { lon: 105.72, lat: 34.58, zoom: 13.25, bearing: 0, pitch: 0 } }, hash: 'at=105.72000,34.58000,13.25' },
    { name: 'a turned and tilted one', view: { ...nothing, camera: { lon: -77.03, lat: 38.9, zoom: 15, bearing: -30, pitch: 45 } }, hash: 'at=-77.03000,38.90000,15,-30,45' },
    { name: 'switches', view: { ...nothing, on: ['bus_routes'], off: ['beats', 'cameras'] }, hash: 'on=bus_routes&off=beats,cameras' },
    { name: 'an open card with a strange id', view: { ...nothing, open: { layer: 'schools', id: '甲/1 &=#' } }, hash: 'open=schools/%E7%94%B2%2F1%20%26%3D%23' },
  ];
  for (const { name, view, hash } of tests) {
    test(name, () => {
      expect(encode(view)).toBe(hash);
      expect(decode('#' + hash)).toEqual(view);
    });
  }
});

test('what cannot be read is left out', () => {
  for (const hash of ['#at=1,2', '#at=x,y,z', '#at=200,0,3', '#at=0,0,99', '#open=schools', '#open=schools/%E7', '#open=../x/1', '#on=A,b-c,', '#garbage', '#=', '#at']) {
    expect(decode(hash), hash).toEqual(nothing);
  }
});
