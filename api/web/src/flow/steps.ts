// Where a feature stands in its flow, on its card: its state and since when, the clock of its deadline, the steps that
// may be taken, with a form for what they need.

import { change, type Feature, type LayerDef, type PropertyDef, type Value } from '../api';
import { h } from '../dom';
import { age, timeOfDay, travel } from '../format';
import { t, text } from '../i18n';
import { reason } from '../reason';
import { due, history, named, stateOf, steps, type Step } from './flow';

/** What the steps need of the wall. */
export interface StepsDesk {
  /** Whether who looks may change features of a layer. */
  may(def: LayerDef): boolean;
  /** The feature was changed. */
  changed(): void;
  say(message: string): void;
}

/** Steps is the part of a card. It keeps what is being filled in while the card is drawn again. */
export class Steps {
  private asked: { key: string; step: string; values: Record<string, string> } | null = null;
  private busy = false;

  constructor(private desk: StepsDesk, private redraw: () => void) {
    setInterval(() => this.tick(), 1000);
  }

  /** The part for a feature; null where its layer has no flow. */
  part(feature: Feature, def: LayerDef | undefined): HTMLElement | null {
    if (!def?.flow) return null;
    const state = named(def, stateOf(def, feature)), key = `${def.id}/${feature.id}`;
    if (this.asked?.key !== key) this.asked = null;
    const may = this.desk.may(def), all = may ? steps(def, feature) : [], open = all.find((one) => one.to.value === this.asked?.step);
    const chip = h('span', { class: 'flow-state' }, text(state.title));
    chip.style.setProperty('--ink', state.color ?? 'var(--text-soft)');
    return h('section', { class: 'flow', 'aria-label': t('flow.title') },
      h('div', { class: 'flow-now' }, chip, this.clock(feature, def)),
      this.history(feature, def),
      all.length > 0 && h('div', { class: 'flow-steps', role: 'group', 'aria-label': t('flow.steps') }, ...all.map((one) => this.button(key, one, feature, def))),
      open && this.form(open, feature, def));
  }

  /** The clock of a deadline, which tick turns on. */
  private clock(feature: Feature, def: LayerDef): HTMLElement | null {
    const at = due(def, feature);
    if (at === null) return null;
    const clock = h('span', { class: 'flow-clock', role: 'timer', 'data-due': String(at) });
    turn(clock);
    return clock;
  }

  private tick(): void {
    for (const clock of document.querySelectorAll<HTMLElement>('.flow-clock')) turn(clock);
  }

  private history(feature: Feature, def: LayerDef): HTMLElement | null {
    const all = history(def, feature);
    return all.length === 0 ? null : h('ol', { class: 'flow-history' }, ...all.map(({ state, at }) => {
      const dot = h('span', { class: 'flow-dot' });
      dot.style.setProperty('--ink', state.color ?? 'var(--text-soft)');
      return h('li', {}, dot, h('span', {}, text(state.title)), h('time', { datetime: new Date(at).toISOString(), title: new Date(at).toLocaleString() }, clockOf(at)));
    }));
  }

  private button(key: string, step: Step, feature: Feature, def: LayerDef): HTMLElement {
    const press = () => {
      if (step.needs.length === 0) return void this.take(step, {}, feature, def);
      this.asked = this.asked?.step === step.to.value ? null : { key, step: step.to.value, values: {} };
      this.redraw();
    };
    const button = h('button', { type: 'button', class: 'button step', id: `step-${step.to.value}`, 'aria-expanded': step.needs.length ? String(this.asked?.step === step.to.value) : null, onclick: press }, text(step.to.title));
    button.style.setProperty('--ink', step.to.color ?? 'var(--accent)');
    return button;
  }

  private form(step: Step, feature: Feature, def: LayerDef): HTMLElement {
    const asked = this.asked!, fields = step.needs.map((p) => field(p, asked.values));
    const submit = (e: Event) => {
      e.preventDefault();
      const values: Record<string, Value> = {};
      for (const p of step.needs) values[p.name] = p.type === 'integer' || p.type === 'number' ? Number(asked.values[p.name]) : (asked.values[p.name] ?? '').trim();
      void this.take(step, values, feature, def);
    };
    return h('form', { class: 'flow-form', onsubmit: submit }, ...fields, h('button', { type: 'submit', class: 'button primary', id: 'step-confirm' }, t('flow.confirm', { state: text(step.to.title) })));
  }

  private async take(step: Step, values: Record<string, Value>, feature: Feature, def: LayerDef): Promise<void> {
    if (this.busy || !def.flow) return;
    this.busy = true;
    try {
      await change(def.id, feature.id, { ...values, [def.flow.property]: step.to.value }, feature.common?.version);
      this.asked = null;
      this.desk.say(t('flow.taken', { state: text(step.to.title) }));
    } catch (err) {
      this.desk.say(t('flow.refused', { reason: reason(err) }));
    } finally {
      this.busy = false;
      this.desk.changed();
    }
  }
}

function turn(clock: HTMLElement): void {
  const left = Number(clock.dataset['due']) - Date.now(), late = left < 0;
  clock.classList.toggle('late', late);
  clock.textContent = t(late ? 'flow.late' : 'flow.left', { time: lasting(Math.abs(left)) });
}

/** Minutes and seconds, or hours and days where it is that long. */
const lasting = (ms: number): string => (ms < 5_400_000 ? travel(ms / 1000) : age(ms));

function field(p: PropertyDef, values: Record<string, string>): HTMLElement {
  const keep = (e: Event) => (values[p.name] = (e.target as HTMLInputElement).value), id = `need-${p.name}`;
  const input = p.values
    ? h('select', { id, required: true, onchange: keep }, h('option', { value: '' }, t('flow.choose')), ...p.values.map((v) => h('option', { value: v.value, selected: values[p.name] === v.value }, text(v.title))))
    : h('input', { id, required: true, type: p.type === 'integer' || p.type === 'number' ? 'number' : 'text', value: values[p.name] ?? '', oninput: keep, autocomplete: 'off' });
  return h('label', { class: 'flow-field', for: id }, h('span', {}, text(p.title)), input);
}

/** Today as a time, else with its day. */
function clockOf(at: number): string {
  const day = new Date(at), today = new Date().toDateString() === day.toDateString();
  return today ? timeOfDay(day) : `${day.getMonth() + 1}/${day.getDate()} ${timeOfDay(day).slice(0, 5)}`;
}
