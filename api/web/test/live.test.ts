import { describe, expect, test } from 'vitest';
import { pause, silentIn, worst } from '../src/line';
import { Position } from '../src/live';
import { Pace, type Clock } from '../src/pace';
import { Parser } from '../src/sse';

describe('the stream', () => {
  const whole = ': alive\n\nid: a-1\nevent: hello\ndata: {"boot":"a"}\n\nid: a-2\r\nevent: change\r\ndata: {"x":\r\ndata: 1}\r\n\r\n';
  const want = [
    { type: 'comment', data: 'alive', id: null },
    { type: 'hello', data: '{"boot":"a"}', id: 'a-1' },
    { type: 'change', data: '{"x":\n1}', id: 'a-2' },
  ];
  test('comes whole', () => expect(new Parser().take(whole)).toEqual(want));
  test('comes cut at every place', () => {
    for (let i = 0; i <= whole.length; i++) {
      const parser = new Parser();
      expect([...parser.take(whole.slice(0, i)), ...parser.take(whole.slice(i))], `cut at ${i}`).toEqual(want);
    }
  });
  test('comes byte by byte', () => {
    const parser = new Parser();
    expect([...whole].flatMap((c) => parser.take(c))).toEqual(want);
  });
  test('an event without data is none', () => expect(new Parser().take('event: hello\n\n')).toEqual([]));
});

test('a greeting of another boot means that everything may have changed', () => {
  const position = new Position();
  expect([position.greet('a'), position.greet('a'), position.greet('b')]).toEqual(['new', 'same', 'other']);
});

test('pauses grow to five seconds and no further', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map((n) => pause(n, 0.5))).toEqual([300, 700, 1500, 3000, 5000, 5000, 5000]);
  expect(pause(9, 0)).toBe(4000);
  expect(pause(9, 1)).toBeCloseTo(6000);
});

test('several lines together are as bad as the worst, since it was so', () => {
  const live = { kind: 'live', since: 5 } as const, lost = { kind: 'reconnecting', since: 9 } as const, gone = { kind: 'offline', since: 7 } as const;
  expect(worst([live, { kind: 'connecting' }]).kind).toBe('connecting');
  expect(worst([live, lost, { kind: 'reconnecting', since: 3 }])).toEqual({ kind: 'reconnecting', since: 3 });
  expect(worst([gone, lost])).toBe(gone);
  expect(worst([]).kind).toBe('connecting');
});

test('silence counts from what was last heard, however often the state changes', () => {
  expect(silentIn({ kind: 'live', since: 1000 }, 8000, 99_000)).toBeNull();
  expect(silentIn({ kind: 'reconnecting', since: 1000 }, 8000, 3000)).toBe(6000);
  expect(silentIn({ kind: 'offline', since: 1000 }, 8000, 7000)).toBe(2000);
  expect(silentIn({ kind: 'offline', since: 1000 }, 8000, 21_000)).toBe(0);
  expect(silentIn({ kind: 'connecting' }, 8000, 21_000)).toBe(8000);
});

describe('pace', () => {
  test('the first ask acts at once, a burst acts once at the end of the gap', () => {
    const { clock, to } = fakeClock(), acts: string[] = [];
    const pace = new Pace(250, (key) => acts.push(`${key}@${clock.now()}`), clock);
    for (let i = 0; i < 100; i++) pace.ask('a');
    to(100);
    pace.ask('a');
    pace.ask('b');
    to(1000);
    expect(acts).toEqual(['a@0', 'b@100', 'a@250']);
  });

  test('a steady stream acts four times a second', () => {
    const { clock, to } = fakeClock();
    let acts = 0;
    const pace = new Pace(250, () => acts++, clock);
    for (let ms = 0; ms < 10_000; ms += 10) {
      to(ms);
      pace.ask('a');
    }
    to(20_000);
    expect(acts).toBe(41);
  });

  test('an ask while acting is not lost', () => {
    const { clock, to } = fakeClock(), acts: number[] = [];
    const pace: Pace = new Pace(250, () => void (acts.push(clock.now()) < 3 && pace.ask('a')), clock);
    pace.ask('a');
    to(2000);
    expect(acts).toEqual([0, 250, 500]);
  });
});

function fakeClock(): { clock: Clock; to(ms: number): void } {
  let now = 0, due: { at: number; act: () => void }[] = [];
  const clock: Clock = { now: () => now, after: (ms, act) => void due.push({ at: now + ms, act }) };
  const to = (ms: number) => {
    for (;;) {
      const next = due.filter((one) => one.at <= ms).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      due = due.filter((one) => one !== next);
      now = next.at;
      next.act();
    }
    now = ms;
  };
  return { clock, to };
}
