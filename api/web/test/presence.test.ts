import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { absence, notice } from '../src/presence';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what is asked while nobody touches the page says so, until somebody does', () => {
  const page = new EventTarget();
  notice(page);
  page.dispatchEvent(new Event('pointermove'));
  expect(absence()).toEqual({});
  vi.advanceTimersByTime(59_000);
  expect(absence()).toEqual({});
  vi.advanceTimersByTime(2_000);
  expect(absence()).toEqual({ 'X-Wardmap-Idle': '1' });
  page.dispatchEvent(new Event('keydown'));
  expect(absence()).toEqual({});
});
