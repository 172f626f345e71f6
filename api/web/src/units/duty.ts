// What a unit's fixes prove of its shift: how long it was in its beat, and where it called. Whoever asks says why.

import { ask } from '../api';
import { h } from '../dom';
import { age, number, timeOfDay } from '../format';
import { t, type Key } from '../i18n';
import { reason } from '../reason';

interface Call { point: string; from: string; to: string; outcome: string; reason?: string; doubt?: string }
interface Shift { beat: string; begins: string; ends: string; until: string; time?: { inside: number; outside: number; unknown: number }; calls: Call[]; problems?: { message: string }[] }

const BACK = 24 * 3_600_000; // ms: shifts that began within a day
const OUTCOMES: Record<string, Key> = { done: 'duty.done', unconfirmed: 'duty.unconfirmed', late: 'duty.late', short: 'duty.short', missed: 'duty.missed', open: 'duty.open' };
const PARTS: readonly { name: 'inside' | 'outside' | 'unknown'; title: Key }[] = [{ name: 'inside', title: 'duty.inside' }, { name: 'outside', title: 'duty.outside' }, { name: 'unknown', title: 'duty.unknown' }];

/** The form that asks why, and then the answer. */
export function duty(unit: string): HTMLElement {
  const input = h('input', { id: 'duty-reason', required: true, minlength: '4', maxlength: '500', autocomplete: 'off' });
  const box = h('section', { class: 'flow duty', 'aria-label': t('duty.title') });
  const submit = (e: Event) => {
    e.preventDefault();
    void read(unit, input.value.trim(), box);
  };
  box.append(h('form', { class: 'flow-form', onsubmit: submit }, h('label', { class: 'flow-field', for: 'duty-reason' }, h('span', {}, t('duty.why')), input), h('button', { type: 'submit', class: 'button primary', id: 'duty-ask' }, t('duty.ask'))));
  return box;
}

async function read(unit: string, why: string, box: HTMLElement): Promise<void> {
  box.replaceChildren(h('p', { class: 'hint' }, t('card.loading')));
  try {
    const from = new Date(Date.now() - BACK).toISOString();
    const { shifts } = await ask<{ shifts: Shift[] }>(`/units/${encodeURIComponent(unit)}/duty?from=${from}&reason=${encodeURIComponent(why)}`);
    box.replaceChildren(...(shifts.length ? shifts.map(told) : [h('p', { class: 'hint' }, t('duty.none'))]), h('p', { class: 'hint' }, t('duty.note')));
  } catch (err) {
    box.replaceChildren(h('p', { class: 'trouble', role: 'alert' }, t('duty.failed', { reason: reason(err) })));
  }
}

function told(shift: Shift): HTMLElement {
  const clock = (text: string) => timeOfDay(new Date(text)).slice(0, 5), { time } = shift;
  return h('div', { class: 'shift' },
    h('p', { class: 'shift-head' }, t('duty.shift', { beat: shift.beat, from: clock(shift.begins), to: clock(shift.ends) })),
    time && bar(time), time && h('ul', { class: 'shift-parts' }, ...PARTS.map(({ name, title }) => h('li', {}, h('span', { class: `part ${name}` }), `${t(title)} ${age(1000 * time[name])}`))),
    shift.calls.length > 0 && h('p', { class: 'shift-calls' }, counts(shift.calls)),
    ...(shift.problems ?? []).map((one) => h('p', { class: 'hint' }, one.message)));
}

function bar(time: NonNullable<Shift['time']>): HTMLElement {
  const whole = time.inside + time.outside + time.unknown || 1;
  const box = h('div', { class: 'shift-bar', role: 'img', 'aria-label': PARTS.map(({ name, title }) => `${t(title)} ${number((100 * time[name]) / whole, 0)}%`).join(', ') });
  for (const { name } of PARTS) {
    const part = h('span', { class: `part ${name}` });
    part.style.width = `${(100 * time[name]) / whole}%`;
    box.append(part);
  }
  return box;
}

function counts(calls: Call[]): string {
  const by = new Map<string, number>();
  for (const one of calls) by.set(one.outcome, (by.get(one.outcome) ?? 0) + 1);
  return t('duty.calls', { all: String(calls.length) }) + [...by].map(([outcome, n]) => `${t(OUTCOMES[outcome] ?? 'duty.open')} ${n}`).join(' · ');
}
