import type { LayerSpecification } from 'maplibre-gl';
import { describe, expect, test } from 'vitest';
import type { LayerDef } from '../src/api';
import { colorIn, legend } from '../src/legend';

const def = (values?: LayerDef['properties'][0]['values']): LayerDef => ({
  id: 'l', group: 'g', title: { 'zh-CN': '', en: '' }, geometry: 'any', minzoom: 0, maxzoom: 16, order: 0,
  properties: [{ name: 'kind', title: { 'zh-CN': '', en: '' }, type: 'text', tile: true, ...(values ? { values } : {}) }],
});
const layer = (type: string, paint: object, layout: object = {}) => ({ id: type, type, source: 's', paint, layout }) as unknown as LayerSpecification;
const value = (name: string, color?: string) => ({ value: name, title: { 'zh-CN': name, en: name }, ...(color ? { color } : {}) });

describe('the picture of a layer', () => {
  const tests: { name: string; drawn: LayerSpecification[]; want: object }[] = [
    { name: 'an area with an edge', drawn: [layer('fill', { 'fill-color': '#123' }), layer('line', { 'line-color': '#456' })], want: { shape: 'fill', color: '#123', edge: '#456' } },
    { name: 'a glow is not the edge', drawn: [layer('fill', { 'fill-color': '#123' }), layer('line', { 'line-color': '#456' }), layer('line', { 'line-color': '#789', 'line-blur': 4 })], want: { shape: 'fill', color: '#123', edge: '#456' } },
    { name: 'a dashed line', drawn: [layer('line', { 'line-color': '#456', 'line-dasharray': [2, 1] })], want: { shape: 'line', color: '#456', dashed: true } },
    { name: 'a dot with a letter on it', drawn: [layer('circle', { 'circle-color': '#060', 'circle-stroke-color': '#0f0' }), layer('symbol', {}, { 'text-field': '校' })], want: { shape: 'dot', color: '#060', edge: '#0f0', letter: '校' } },
    { name: 'a dot whose letter grows into a name', drawn: [layer('circle', { 'circle-color': '#060' }), layer('symbol', {}, { 'text-field': ['step', ['zoom'], '医', 15, ['get', 'name']] })], want: { shape: 'dot', color: '#060', letter: '医' } },
    { name: 'labels alone', drawn: [layer('symbol', { 'text-color': '#fff' }, { 'text-field': ['get', 'name'] })], want: { shape: 'letter', color: '#fff', letter: 'A' } },
    { name: 'nothing drawn', drawn: [], want: { shape: 'letter', color: '#8899aa', letter: 'A' } },
  ];
  for (const { name, drawn, want } of tests) test(name, () => expect(legend(def(), drawn).swatch).toEqual(want));
});

test('an enumeration that colours the layer becomes entries in the definition’s colours', () => {
  const drawn = [layer('circle', { 'circle-color': ['match', ['get', 'kind'], 'a', '#111', 'b', '#222', '#999'] })];
  const got = legend(def([value('a', '#111'), value('b', '#222'), value('c')]), drawn);
  expect(got.property).toBe('kind');
  expect(got.entries.map((e) => [e.value.value, e.swatch.color])).toEqual([['a', '#111'], ['b', '#222']]);
  expect(got.swatch.color).toBe('#111');
});

test('an enumeration that colours nothing, or all alike, is no legend', () => {
  expect(legend(def([value('a', '#111'), value('b', '#222')]), [layer('circle', { 'circle-color': '#333' })]).entries).toEqual([]);
  expect(legend(def([value('a', '#111'), value('b', '#111')]), [layer('circle', { 'circle-color': ['match', ['get', 'kind'], 'a', '#111', '#111'] })]).entries).toEqual([]);
});

test('the colour of an expression is the one it falls back to', () => {
  expect(colorIn(['match', ['get', 'kind'], 'a', '#111', '#999'])).toBe('#999');
  expect(colorIn(['case', ['has', 'x'], '#111', ['match', ['get', 'k'], 'a', '#222', '#333']])).toBe('#333');
  expect(colorIn(['get', 'color'])).toBeNull();
  expect(colorIn('rgba(1, 2, 3, 0.5)')).toBe('rgba(1, 2, 3, 0.5)');
});
