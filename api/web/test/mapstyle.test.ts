import type { StyleSpecification } from 'maplibre-gl';
import { expect, test } from 'vitest';
import { isName, layerOf, ready, sourcesOf, worded } from '../src/mapstyle';

const style = {
  version: 8, sources: { g: { type: 'vector', tiles: ['/x'] } },
  layers: [
    { id: 'ground', type: 'background' },
    { id: 'a/fill', type: 'fill', source: 'g', 'source-layer': 'a', layout: { 'fill-sort-key': 1 } },
    { id: 'b', type: 'line', source: 'g', 'source-layer': 'b', layout: { visibility: 'none' } },
  ],
} as StyleSpecification;

test('layers are switched before the map sees them, so that nothing hidden is fetched', () => {
  const got = ready(style, (id) => id === 'b', undefined, { open: null, way: null });
  expect(got.layers.find((l) => l.id === 'a/fill')?.layout).toEqual({ 'fill-sort-key': 1, visibility: 'none' });
  expect(got.layers.find((l) => l.id === 'b')?.layout).toEqual({ visibility: 'visible' });
});

test('marks lie above everything and are no layers of the catalogue', () => {
  const got = ready(style, () => true, undefined, { open: null, way: null }).layers;
  expect(got.slice(0, 3).map((l) => l.id)).toEqual(['ground', 'a/fill', 'b']);
  expect(got.slice(3).every((l) => layerOf(l) === null)).toBe(true);
});

test('sources by layer', () => expect([...sourcesOf(style)]).toEqual([['a', 'g'], ['b', 'g']]));

test('labels take English names where the reader wants them', () => {
  const name = ['get', 'name'];
  expect(worded(name, false)).toEqual(name);
  expect(worded(name, true)).toEqual(['coalesce', ['get', 'name_en'], name]);
  expect(worded(['format', name, {}], true)).toEqual(['format', ['coalesce', ['get', 'name_en'], name], {}]);
  const both = ['concat', name, ['get', 'name_en']];
  expect(worded(both, true)).toEqual(both);
  expect(worded('校', true)).toBe('校');
});

test('the points of names belong to the layer of their areas', () => {
  expect(layerOf({ id: 'x', type: 'symbol', source: 'g', 'source-layer': 'beats_label' })).toBe('beats');
  expect(isName({ sourceLayer: 'beats_label' })).toBe(true);
  expect(isName({ sourceLayer: 'beats' })).toBe(false);
});
