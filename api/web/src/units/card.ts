// The card of a unit: what it is, what it does, and where it is now. What the stream tells changes on it at once;
// the rest is asked for every few seconds.

import { byID, h, icon, icons, label } from '../dom';
import { Problem } from '../api';
import { ago, compass, measured, moment, number } from '../format';
import { onLanguage, t, type Key } from '../i18n';
import { Pace } from '../pace';
import { reason } from '../reason';
import { details as ask, setState, type Details } from './ask';
import { kindName, skillName, type Names } from './names';
import { repaint, signPicture } from './sign';
import { StateControl } from './control';
import type { Units } from './store';
import { CLASS_ONE, stateNamed, type Unit } from './unit';

/** What the card asks of the wall. */
export interface UnitDesk {
  /** The card shows this unit now; "": it was closed. */
  opened(id: string): void;
  fly(unit: Unit): void;
  /** Follows a unit with the map, or stops. */
  follow(on: boolean): void;
  nearest(unit: Unit): void;
  /** Tells whether the card was opened from the nearest units: closing it goes back there. */
  returns(): boolean;
  /** Whether who looks may know where a unit was. */
  history(): boolean;
  say(message: string): void;
}

const EVERY = 5000; // ms between questions about what the stream does not tell
type Field = 'fix' | 'speed' | 'course' | 'accuracy' | 'battery' | 'kind' | 'org' | 'skills' | 'inside';
const FIELDS: readonly { name: Field; title: Key }[] = [
  { name: 'fix', title: 'unit.fix' }, { name: 'speed', title: 'unit.speed' }, { name: 'course', title: 'unit.course' },
  { name: 'accuracy', title: 'unit.accuracy' }, { name: 'battery', title: 'unit.battery' }, { name: 'kind', title: 'unit.kind' },
  { name: 'org', title: 'unit.org' }, { name: 'skills', title: 'unit.skills' }, { name: 'inside', title: 'unit.inside' },
];

/** UnitCard shows one unit. */
export class UnitCard {
  private id = '';
  private details: Details | null = null;
  private trouble = ''; // of the last reading
  private refused = ''; // the last change of state that did not come about
  private cells = new Map<Field, HTMLElement>();
  private control: StateControl | null = null;
  private sign: HTMLCanvasElement | null = null;
  private following = false;
  private asking: AbortController | null = null;
  private from: HTMLElement | null = null;
  private pace = new Pace(250, () => this.refresh());
  private panel = byID('unit');

  constructor(private units: Units, private names: Names, private desk: UnitDesk) {
    setInterval(() => this.id && this.refresh(), 1000);
    setInterval(() => this.id && document.visibilityState === 'visible' && void this.read(), EVERY);
    onLanguage(() => this.id && this.build());
  }

  get open(): string {
    return this.id;
  }

  /** Opens the card of a unit. */
  show(id: string): void {
    if (!this.id) this.from = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    this.halt();
    this.id = id;
    this.details = null;
    this.trouble = this.refused = '';
    this.desk.opened(id);
    this.build();
    void this.read();
  }

  close(): void {
    if (!this.id) return;
    this.halt();
    this.asking?.abort();
    const back = this.panel.contains(document.activeElement) ? this.from : null;
    this.id = '';
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.desk.opened('');
    back?.focus();
  }

  /** The stream told something new. */
  moved(): void {
    if (this.id) this.pace.ask('');
  }

  /** Stops following: the reader has taken the map in hand, or may not follow any more. */
  halt(): void {
    if (!this.following) return;
    this.following = false;
    this.desk.follow(false);
    this.refresh();
  }

  private async read(): Promise<void> {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    try {
      const got = await ask(this.id, asking.signal);
      if (asking.signal.aborted) return;
      this.details = got;
      this.trouble = '';
      await this.names.learn(got);
    } catch (err) {
      if (asking.signal.aborted) return;
      this.trouble = err instanceof Problem && err.status === 404 ? '' : t('unit.failed', { reason: reason(err) });
    }
    if (!asking.signal.aborted) this.refresh();
  }

  private build(): void {
    const unit = this.units.get(this.id), close = h('button', { type: 'button', class: 'icon-button', id: 'unit-close', onclick: () => this.close() }, icon(icons.close));
    label(close, t('card.close') + ' (Esc)');
    const back = this.desk.returns() && h('button', { type: 'button', class: 'icon-button', id: 'unit-back', onclick: () => this.close() }, icon(icons.back));
    if (back) label(back, t('nearest.back'));
    this.sign = signPicture({ class: unit?.class ?? 'vehicle', look: unit?.look ?? 'unknown', stale: unit?.stale ?? true }) as HTMLCanvasElement;
    this.control = new StateControl((state) => void this.change(state));
    this.cells = new Map(FIELDS.map(({ name }) => [name, h('dd', { 'data-field': name })]));
    const rows = FIELDS.flatMap(({ name, title }) => [h('dt', {}, t(title)), this.cells.get(name)!]);
    this.panel.setAttribute('aria-label', t('unit.label'));
    this.panel.hidden = false;
    this.panel.replaceChildren(
      h('header', { class: 'card-head' }, back, this.sign, h('div', { class: 'card-names' }, h('p', { class: 'card-layer', id: 'unit-class' }), h('h2', { id: 'unit-title' })), close),
      h('p', { class: 'trouble', role: 'status', id: 'unit-trouble', hidden: true }),
      this.control.box, h('dl', { class: 'properties' }, ...rows), this.actions());
    this.refresh();
  }

  private actions(): HTMLElement {
    const button = (id: string, path: string, words: string, act: (unit: Unit) => void) => h('button', {
      type: 'button', class: 'button', id, onclick: () => {
        const unit = this.units.get(this.id);
        if (unit) act(unit);
      },
    }, icon(path), words);
    return h('div', { class: 'actions' },
      button('unit-fly', icons.target, t('card.fly'), (unit) => this.desk.fly(unit)),
      button('unit-follow', icons.follow, t('unit.follow'), (unit) => this.follow(unit)),
      button('unit-nearest', icons.nearest, t('unit.nearest'), (unit) => this.desk.nearest(unit)),
      this.desk.history() && button('unit-duty', icons.list, t('duty.title'), (unit) => void this.duty(unit)));
  }

  /** Asks about the unit's shifts, or stops asking. */
  private async duty(unit: Unit): Promise<void> {
    const old = this.panel.querySelector('.duty');
    if (old) return old.remove();
    const { duty } = await import('./duty');
    this.panel.append(duty(unit.id));
    byID('duty-reason').focus();
  }

  /** Officers are persons: a wall follows one only while he calls for help. */
  private follow(unit: Unit): void {
    if (this.following) return this.halt();
    if (!mayFollow(unit)) return this.desk.say(t('unit.follow.refused'));
    this.following = true;
    this.desk.follow(true);
    this.refresh();
  }

  private async change(state: string): Promise<void> {
    const { id } = this, name = this.units.get(id)?.name || id;
    this.refused = '';
    try {
      await setState(id, state);
      this.desk.say(t('unit.state.saved', { unit: name, state: t(stateNamed(state).title) }));
    } catch (err) {
      if (this.id === id) this.refused = t('unit.state.failed', { reason: reason(err) });
    }
    if (this.id === id) await this.read();
  }

  private refresh(): void {
    if (!this.id) return;
    const unit = this.units.get(this.id), d = this.details, state = unit?.state ?? d?.state ?? 'unknown';
    if (this.following && !(unit && mayFollow(unit))) return this.halt();
    byID('unit-title').textContent = unit?.name || d?.name || this.id;
    byID('unit-class').textContent = unit ? t(CLASS_ONE[unit.class]) : '';
    if (this.sign && unit) repaint(this.sign, { class: unit.class, look: unit.look, stale: unit.stale });
    if (this.control) this.control.box.hidden = unit?.class === 'bus'; // a bus is nobody's to send
    this.control?.set(state, unit?.emergency ?? false, d?.state_at ? t('unit.state.since', { time: moment(d.state_at) }) : '');
    const trouble = byID('unit-trouble'), words = this.told(unit);
    trouble.hidden = words === '';
    if (trouble.textContent !== words) trouble.textContent = words;
    for (const [field, cell] of this.cells) this.fill(cell, value(field, unit, d, this.units, this.names));
    const follow = byID('unit-follow');
    follow.setAttribute('aria-pressed', String(this.following));
    follow.lastChild!.textContent = t(this.following ? 'unit.follow.stop' : 'unit.follow');
    follow.classList.toggle('refused', unit !== undefined && !mayFollow(unit));
    for (const id of ['unit-fly', 'unit-follow', 'unit-nearest']) (byID(id) as HTMLButtonElement).disabled = !unit;
  }

  private told(unit: Unit | undefined): string {
    const place = !unit ? t('unit.gone') : unit.stale ? t('unit.stale', { age: ago(this.units.age(unit)) }) : '';
    return [this.refused, place, this.trouble].filter(Boolean).join(' ');
  }

  /** A row without a value is not there. */
  private fill(cell: HTMLElement, words: string): void {
    if (cell.textContent !== words) cell.textContent = words;
    cell.hidden = words === '';
    (cell.previousElementSibling as HTMLElement).hidden = words === '';
  }
}

/** Tells whether the map may follow the unit. */
export const mayFollow = (unit: Unit): boolean => unit.class !== 'officer' || unit.emergency;

function value(field: Field, unit: Unit | undefined, d: Details | null, units: Units, names: Names): string {
  const course = unit ? unit.to.course : null, speed = unit?.speed ?? null;
  switch (field) {
    case 'fix': return unit ? ago(units.age(unit)) : '';
    case 'speed': return speed === null ? '' : speed < 0.6 ? t('unit.standing') : measured(Math.round(speed * 3.6), 'km/h');
    case 'course': return course === null || (speed !== null && speed < 0.6) ? '' : `${compass(course)} ${number(course, 0)}°`;
    case 'accuracy': return [d?.accuracy ? '± ' + measured(Math.round(d.accuracy), 'm') : '', unit?.approximate ? t('unit.accuracy.coarse') : ''].filter(Boolean).join(' · ');
    case 'battery': return (d?.battery ?? null) === null ? '' : measured(Math.round(d?.battery ?? 0), '%');
    case 'kind': return d && d.kind !== unit?.class ? kindName(d.kind) : '';
    case 'org': return d ? names.of(d.org) : '';
    case 'skills': return (d?.skills ?? []).map(skillName).join(' · ');
    case 'inside': return d ? d.inside.map((id) => names.of(id)).join(' · ') || t('unit.inside.none') : '';
  }
}
