import { expect, test } from 'vitest';
import type { GroupDef, LayerDef } from '../src/api';
import { branches, Switches } from '../src/layers';

const def = (id: string, group: string, order: number, hidden = false): LayerDef => ({
  id, group, order, hidden, title: { 'zh-CN': id, en: id }, geometry: 'point', properties: [], minzoom: 0, maxzoom: 16,
});
const group = (id: string, order: number): GroupDef => ({ id, order, title: { 'zh-CN': id, en: id } });

test('the tree follows the order of groups and layers, and shows groups that nobody described last', () => {
  const tree = branches([group('b', 20), group('a', 10), group('empty', 5)], [def('b2', 'b', 2), def('x', 'own', 1), def('b1', 'b', 1), def('a1', 'a', 9)]);
  expect(tree.map((branch) => [branch.group.id, ...branch.layers.map((l) => l.id)])).toEqual([['a', 'a1'], ['b', 'b1', 'b2'], ['own', 'x']]);
});

test('switches start as defined and remember only differences', () => {
  const s = new Switches();
  s.define([def('roads', 'g', 1), def('routes', 'g', 2, true)]);
  expect([s.shown('roads'), s.shown('routes')]).toEqual([true, false]);
  s.set('routes', true);
  s.set('roads', false);
  expect(s.differences()).toEqual({ on: ['routes'], off: ['roads'] });
  s.set('roads', true);
  expect(s.differences()).toEqual({ on: ['routes'], off: [] });
});

test('a group is on, off or mixed; its switch turns all on first, then all off', () => {
  const s = new Switches();
  s.define([def('a', 'g', 1), def('b', 'g', 2, true)]);
  expect(s.together(['a', 'b'])).toBe('mixed');
  s.toggle(['a', 'b']);
  expect(s.together(['a', 'b'])).toBe('on');
  s.toggle(['a', 'b']);
  expect(s.together(['a', 'b'])).toBe('off');
});

test('a switch from an address holds although the definition comes later', () => {
  const s = new Switches(['later'], []);
  s.define([def('later', 'g', 1, true)]);
  expect(s.shown('later')).toBe(true);
});
