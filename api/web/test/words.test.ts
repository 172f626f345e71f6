import { describe, expect, test } from 'vitest';
import { ago, compass, travel } from '../src/format';
import { setLanguage } from '../src/i18n';
import { inWords } from '../src/nearest/words';

Object.assign(globalThis, { document: { documentElement: {} } });

describe('what the server says of a unit', () => {
  const tests: { said: string; zh: string; en: string }[] = [
    { said: 'state on_scene', zh: '状态：现场处置', en: 'State: On scene' },
    { said: 'class bus', zh: '类别：公交车', en: 'Class: Bus' },
    { said: 'stale: last fix 7 min ago', zh: '位置过时（7 分前）', en: 'Position too old (7 min ago)' },
    { said: 'too old: last fix 95 s ago', zh: '位置过时（1 分前）', en: 'Position too old (1 min ago)' },
    { said: 'expired: last fix 3 h ago', zh: '已离线（3 小时前）', en: 'Off the map (3 h ago)' },
    { said: 'lacks skill 谈判', zh: '缺少专长：谈判', en: 'Lacks the skill 谈判' },
    { said: 'it is more than 200 m from any road: the time is estimated at 5 m/s', zh: '距道路超过 200 米，按直线估算', en: 'More than 200 m from any road: straight line' },
    { said: 'something new', zh: 'something new', en: 'something new' },
    { said: 'state juggling', zh: '状态：juggling', en: 'State: juggling' },
  ];
  for (const { said, zh, en } of tests) {
    test(said, async () => {
      await setLanguage('zh-CN');
      expect(inWords(said)).toBe(zh);
      await setLanguage('en');
      expect(inWords(said)).toBe(en);
    });
  }
});

test('ages read shortly', async () => {
  await setLanguage('zh-CN');
  expect([0, 1999, 45_000, 89_999, 190_000, 7_200_000, 999_999_999].map(ago)).toEqual(['刚刚', '刚刚', '45 秒前', '89 秒前', '3 分前', '2 小时前', '11 天前']);
});

test('a travel time is minutes and seconds', () => expect([0, 5, 65, 599.6, 3725].map(travel)).toEqual(['0:00', '0:05', '1:05', '10:00', '62:05']));

test('a course has its point of the compass', async () => {
  await setLanguage('en');
  expect([0, 44, 90, 181, 359.9, 337.4].map(compass)).toEqual(['N', 'NE', 'E', 'S', 'N', 'NW']);
});
