// The control of a unit's state: the usual states as buttons, the others in a list.

import { h } from '../dom';
import { t } from '../i18n';
import { LOOKS, stateNamed, STATES } from './unit';

const USUAL = ['available', 'en_route', 'on_scene', 'at_station_busy', 'off_duty'];

/** StateControl shows a state and asks for another. */
export class StateControl {
  readonly box: HTMLElement;
  private buttons: HTMLElement[];
  private others: HTMLSelectElement;
  private since = h('span', { class: 'state-since' });
  private now = h('strong', { class: 'state-now', id: 'unit-state' });

  constructor(private wish: (state: string) => void) {
    this.buttons = USUAL.map((name) => this.button(name));
    const rest = STATES.filter((one) => !USUAL.includes(one.name) && one.name !== 'unknown' && one.name !== 'emergency');
    this.others = h('select', { id: 'unit-state-other', 'aria-label': t('unit.state.other'), onchange: () => this.chosen() },
      h('option', { value: '' }, t('unit.state.other')), ...rest.map((one) => h('option', { value: one.name }, t(one.title))));
    this.box = h('div', { class: 'state' },
      h('p', { class: 'state-line' }, this.now, this.since),
      h('div', { class: 'state-choice', role: 'group', 'aria-label': t('unit.state') }, ...this.buttons, this.others));
  }

  /** Shows the state, with words on since when. An emergency stands before whatever else a unit does. */
  set(state: string, emergency: boolean, since: string): void {
    const { title, look, name } = stateNamed(state), cry = emergency && look !== 'emergency';
    const words = cry ? `${t(LOOKS.emergency.title)} · ${t(title)}` : t(title);
    this.box.style.setProperty('--tone', LOOKS[cry ? 'emergency' : look].color);
    if (this.now.textContent !== words) this.now.textContent = words;
    if (this.since.textContent !== since) this.since.textContent = since;
    this.buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(USUAL[i] === name)));
    if (document.activeElement !== this.others) this.others.value = [...this.others.options].some((one) => one.value === name) ? name : '';
  }

  private button(name: string): HTMLElement {
    const { title, look } = stateNamed(name);
    const button = h('button', { type: 'button', class: 'state-button', 'data-state': name, onclick: () => this.wish(name) }, t(title));
    button.style.setProperty('--tone', LOOKS[look].color);
    return button;
  }

  private chosen(): void {
    if (this.others.value) this.wish(this.others.value);
    this.others.blur();
  }
}
