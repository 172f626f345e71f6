// Sending units to an incident from the list of the nearest: who is chosen, and why, when the first one is not.

import { change, feature, INCIDENTS, type Value } from '../api';
import { h } from '../dom';
import { t } from '../i18n';
import { reason } from '../reason';
import type { Near } from '../units/ask';

/** The properties of incidents that dispatch writes. */
const UNITS = 'units', STATE = 'state', OVERRIDE = 'override', NEW = 'new', DISPATCHED = 'dispatched';

/** Who is to be sent. */
export class Assign {
  private chosen = new Set<string>();
  private wanted: string[] = []; // whom the run card names
  private why = '';
  private busy = false;

  constructor(private may: () => boolean, private sent: (message: string) => void, private redraw: () => void) {}

  /** Begins anew. */
  clear(): void {
    this.chosen.clear();
    this.wanted = [];
    this.why = '';
  }

  /** Chooses whom the run card names. */
  propose(units: string[]): void {
    this.wanted = units;
    this.chosen = new Set(units);
  }

  /** The box that chooses a unit. */
  box(one: Near): HTMLElement {
    const box = h('input', { type: 'checkbox', class: 'assign-box', 'data-unit': one.id, checked: this.chosen.has(one.id), 'aria-label': t('assign.choose', { name: one.name || one.id }), onchange: () => {
      if (box.checked) this.chosen.add(one.id);
      else this.chosen.delete(one.id);
      this.redraw();
    } });
    return box;
  }

  /** The bar that sends whoever is chosen; null where nobody is, or may be. */
  bar(incident: string | undefined, units: readonly Near[]): HTMLElement | null {
    if (!incident || this.chosen.size === 0 || !this.may()) return null;
    const wanted = this.wanted.length ? this.wanted : units.slice(0, 1).map((one) => one.id), left = units.find((one) => wanted.includes(one.id) && !this.chosen.has(one.id)), other = left !== undefined;
    const send = (e: Event) => {
      e.preventDefault();
      void this.send(incident, other);
    };
    const input = h('input', { id: 'assign-why', required: true, value: this.why, autocomplete: 'off', maxlength: '200', oninput: () => (this.why = input.value) });
    return h('form', { class: 'flow-form', onsubmit: send },
      other && h('label', { class: 'flow-field', for: 'assign-why' }, h('span', {}, t('assign.why', { name: left.name || left.id })), input),
      h('button', { type: 'submit', class: 'button primary', id: 'assign-send' }, t('assign.send', { count: String(this.chosen.size) })));
  }

  private async send(incident: string, other: boolean): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const { properties, common } = await feature(INCIDENTS, incident), before = String(properties[UNITS] ?? '').split(/[,，、]\s*/).filter(Boolean);
      const values: Record<string, Value | null> = { [UNITS]: [...new Set([...before, ...this.chosen])].join(',') };
      if (properties[STATE] === NEW) values[STATE] = DISPATCHED;
      if (other) values[OVERRIDE] = this.why.trim();
      await change(INCIDENTS, incident, values, common?.version);
      const count = this.chosen.size;
      this.clear();
      this.sent(t('assign.sent', { count: String(count) }));
    } catch (err) {
      this.sent(t('assign.failed', { reason: reason(err) }));
    } finally {
      this.busy = false;
      this.redraw();
    }
  }
}
