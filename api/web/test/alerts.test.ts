import { describe, expect, test } from 'vitest';
import { details, familyOf, FAMILIES, happened, iconOf, timeOf, type Alert } from '../src/alerts/alert';
import { Emergencies } from '../src/alerts/emergencies';
import { Alerts } from '../src/alerts/list';
import { setLanguage } from '../src/i18n';

const alert = (seq: number, kind = 'enter', more: Partial<Alert> = {}): Alert => ({ seq, kind, time: '2026-11-24T05:00:00Z', ...more });

describe('the list', () => {
  test('shows the newest first', () => {
    const list = new Alerts();
    list.add([alert(1), alert(2)]);
    list.add([alert(3)]);
    expect(list.shown().map((a) => a.seq)).toEqual([3, 2, 1]);
  });
  test('takes each alert once, although a stream repeats after a reconnect', () => {
    const list = new Alerts();
    list.add([alert(1), alert(2), alert(3)]);
    expect(list.add([alert(2), alert(3), alert(4)]).map((a) => a.seq)).toEqual([4]);
    expect(list.shown().map((a) => a.seq)).toEqual([4, 3, 2, 1]);
  });
  test('is bounded, whatever comes', () => {
    const list = new Alerts(new Set(), 100);
    for (let i = 0; i < 50; i++) list.add(Array.from({ length: 50 }, (_, k) => alert(i * 50 + k + 1)));
    expect([list.size, list.shown()[0]?.seq, list.shown().at(-1)?.seq]).toEqual([100, 2500, 2401]);
  });
  test('hides families and counts them all the same', () => {
    const list = new Alerts();
    list.add([alert(1, 'speed'), alert(2, 'exit'), alert(3, 'stale'), alert(4, 'emergency')]);
    list.toggle('driving');
    list.toggle('signal');
    expect(list.shown().map((a) => a.kind)).toEqual(['emergency', 'exit']);
    expect(list.counts()).toEqual({ emergency: 1, place: 1, post: 0, driving: 1, signal: 1 });
    list.toggle('driving');
    expect(list.shown()).toHaveLength(3);
  });
  test('begins anew with another server', () => {
    const list = new Alerts();
    list.add([alert(900)]);
    list.clear();
    expect(list.add([alert(1)])).toHaveLength(1);
  });
});

describe('what an alert says', () => {
  const kinds = ['enter', 'exit', 'cross', 'dwell', 'absent', 'staffed', 'speed', 'off_route', 'on_route', 'approach', 'part', 'lost', 'stale', 'expired', 'returned', 'silent', 'emergency'];
  test('every kind has its words in both languages, its family and its sign', async () => {
    for (const lang of ['zh-CN', 'en'] as const) {
      await language(lang);
      for (const kind of kinds) {
        expect(happened(alert(1, kind)), kind).not.toBe(kind);
        expect(iconOf(alert(1, kind))).toMatch(/^M/);
        expect(FAMILIES.map((f) => f.id)).toContain(familyOf(alert(1, kind)));
      }
      expect(new Set(kinds.map((kind) => happened(alert(1, kind)))).size).toBe(kinds.length);
    }
  });
  test('a kind that is not known yet is shown as it is', () => expect(happened(alert(1, 'teleported'))).toBe('teleported'));

  const tests: { name: string; given: Alert; want: string[] }[] = [
    { name: 'by moving: nothing more', given: alert(1, 'enter', { reason: 'moved' }), want: [] },
    { name: 'a stay: how long', given: alert(1, 'dwell', { for_s: 725, reason: 'time_passed' }), want: ['历时 12 分钟'] },
    { name: 'a speed in kilometres', given: alert(1, 'speed', { value: 25 }), want: ['时速 90 公里'] },
    { name: 'a deviation in metres', given: alert(1, 'off_route', { value: 83.2, for_s: 60 }), want: ['历时 60 秒', '偏离 83 米'] },
    { name: 'a reason', given: alert(1, 'exit', { reason: 'went_stale', for_s: 0 }), want: ['定位中断'] },
    { name: 'two units', given: alert(1, 'approach', { value: 40, other: 'V-2' }), want: ['相距 40 米'] },
  ];
  for (const { name, given, want } of tests) {
    test(name, async () => {
      await language('zh-CN');
      expect(details(given)).toEqual(want);
    });
  }
  test('known number: a time', () => expect(timeOf(alert(1, 'enter', { time: '2026-11-24T05:00:00.500Z' }))).toBe(1_795_496_400_500));
});

describe('an emergency', () => {
  const open = (e: Emergencies) => e.cries().map((c) => c.unit);
  test('is raised once, whichever tells of it first', () => {
    const alertFirst = new Emergencies(), flagFirst = new Emergencies();
    expect(alertFirst.heard('O-1', 1000, 1, 2)).toBe(true);
    alertFirst.flagged('O-1', true, 1500, 1, 2);
    flagFirst.flagged('O-1', true, 1500, 1, 2);
    expect(flagFirst.heard('O-1', 1000, 1, 2)).toBe(false);
    for (const e of [alertFirst, flagFirst]) expect(e.cries()).toMatchObject([{ unit: 'O-1', since: 1000, over: false }]);
  });
  test('stays until somebody acknowledges it, even when the button is released', () => {
    const e = new Emergencies();
    e.heard('O-1', 1000, 1, 2);
    e.flagged('O-1', true, 1000, 1, 2);
    e.flagged('O-1', false, 9000, 3, 4);
    expect(e.cries()).toMatchObject([{ unit: 'O-1', over: true, lon: 1 }]);
    e.acknowledge('O-1', 9500);
    expect(open(e)).toEqual([]);
  });
  test('is not raised again by the flag that stays on, nor by an alert that comes late', () => {
    const e = new Emergencies();
    e.flagged('O-1', true, 1000, 1, 2);
    e.acknowledge('O-1', 1500);
    expect(e.flagged('O-1', true, 2000, 1, 2)).toBe(false);
    expect(e.heard('O-1', 1000, 1, 2)).toBe(false);
    expect(e.taken('O-1', 1000)).toBe(true);
  });
  test('is raised again by the next press', () => {
    const e = new Emergencies();
    e.flagged('O-1', true, 1000, 1, 2);
    e.acknowledge('O-1', 1500);
    e.flagged('O-1', false, 3000, 1, 2);
    expect(e.flagged('O-1', true, 4000, 1, 2)).toBe(true);
    e.acknowledge('O-1', 4500);
    expect(e.heard('O-1', 5000, 1, 2)).toBe(true);
  });
  test('that was acknowledged stays so across a reload, a new one does not', () => {
    const before = new Emergencies();
    before.flagged('O-1', true, 1000, 1, 2);
    before.heard('O-2', 1200, 1, 2);
    before.acknowledge('O-1', 1500);
    const after = new Emergencies(new Map(before.remembered(0)));
    expect(after.flagged('O-1', true, 1000, 1, 2)).toBe(false);
    expect(after.heard('O-1', 1000, 1, 2)).toBe(false);
    expect(after.heard('O-2', 1200, 1, 2)).toBe(true);
  });
  test('the oldest comes first, and following fixes move it', () => {
    const e = new Emergencies();
    e.heard('O-2', 2000, 1, 2);
    e.heard('O-1', 1000, 1, 2);
    e.flagged('O-2', true, 2500, 5, 6);
    expect(e.cries().map((c) => [c.unit, c.lon])).toEqual([['O-1', 1], ['O-2', 5]]);
  });
});

/** Tests run without a page. */
function language(to: 'zh-CN' | 'en'): Promise<void> {
  Object.assign(globalThis, { document: { documentElement: {} } });
  return setLanguage(to);
}
