// The panel of the units nearest to a place: who can be there first, how long it takes, how old that knowledge is,
// and who is left out and why. It asks again every few seconds while nobody has the list in hand.

import { byID, h, icon, icons, label } from '../dom';
import { ago, coordinates, distance, number, timeOfDay, travel } from '../format';
import { onLanguage, t } from '../i18n';
import { reason } from '../reason';
import { nearest as ask, recommended, route, type Answer, type By, type Near, type Origin, type Recommendation } from '../units/ask';
import { signPicture } from '../units/sign';
import type { Units } from '../units/store';
import { CLASS_TITLES, CLASSES, LOOKS, stateNamed, type Class } from '../units/unit';
import { Assign } from './assign';
import { drawing } from './way';
import { inWords } from './words';

/** What the panel asks of the wall. */
export interface NearestDesk {
  /** The panel stands at the right now, or not any more. */
  opened(on: boolean): void;
  /** Draws the place and the ways; null: nothing. */
  draw(what: GeoJSON.FeatureCollection | null): void;
  /** Writes ranks beside units. */
  rank(ranks: ReadonlyMap<string, string>): void;
  unit(id: string): void;
  /** Whether who looks may send units. */
  sends(): boolean;
  say(message: string): void;
  /** Shows the place and these units in one view. */
  frame(points: [number, number][]): void;
}

const EVERY = 5000; // ms between questions
const PATIENCE = 20_000; // ms after which the list is renewed although somebody has it in hand

/** Nearest asks and shows. */
export class Nearest {
  private origin: (Origin & { name: string }) | null = null;
  private by: By = 'road';
  private kind = '';
  private answer: Answer | null = null;
  private trouble = '';
  private asof = 0;
  private looked = '';
  private framed = false;
  private ways = new Map<string, [number, number][] | null>();
  private asking: AbortController | null = null;
  private rows = new Map<string, HTMLElement>(); // by unit, so that an answer does not take a row out of somebody's hand
  private panel = byID('nearest');
  private assign: Assign;
  private plan: Recommendation | null = null; // of the incident, once

  constructor(private units: Units, private desk: NearestDesk) {
    this.assign = new Assign(() => desk.sends(), (message) => this.sent(message), () => this.fill());
    setInterval(() => this.again(), EVERY);
    setInterval(() => this.redraw(), 2000); // units move on
    onLanguage(() => this.open && this.build());
  }

  /** Tells whether there is something to go back to. */
  get waiting(): boolean {
    return this.origin !== null && !this.open;
  }

  get open(): boolean {
    return !this.panel.hasAttribute('hidden');
  }

  /** Opens the panel for a place. name is what it is called, or "". */
  show(origin: Origin, name: string): void {
    this.origin = { ...origin, name };
    this.answer = null;
    this.trouble = '';
    this.looked = '';
    this.framed = false;
    this.assign.clear();
    this.plan = null;
    this.reopen();
    void this.read();
    void this.propose();
  }

  /** Opens it again as it was. */
  reopen(): void {
    this.panel.hidden = false;
    this.desk.opened(true);
    this.build();
    this.redraw();
  }

  /** Gives the place at the right to another panel, to come back. */
  aside(): void {
    this.panel.hidden = true;
  }

  close(): void {
    if (!this.origin) return;
    this.asking?.abort();
    this.origin = null;
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.desk.draw(null);
    this.desk.rank(new Map());
    this.desk.opened(false);
  }

  private again(): void {
    if (!this.open || document.visibilityState !== 'visible') return;
    const inHand = this.panel.matches(':hover') || this.panel.contains(document.activeElement);
    if (!inHand || this.trouble || Date.now() - this.asof > PATIENCE) void this.read();
    else if (this.looked) void this.way(this.looked);
  }

  /** Asks what the run card of an incident says, and chooses those whom it names. */
  private async propose(): Promise<void> {
    const incident = this.origin?.incident;
    if (!incident || !this.desk.sends()) return;
    const plan = await recommended(incident).catch(() => null);
    if (!plan || this.origin?.incident !== incident) return;
    this.plan = plan;
    this.assign.propose(plan.needs.flatMap((need) => need.units.map((one) => one.id)));
    this.rows.clear();
    this.fill();
  }

  /** Who is shown: the nearest, and whom the run card names besides. */
  private get shown(): Near[] {
    const near = this.answer?.units ?? [], named = this.plan?.needs.flatMap((need) => need.units) ?? [];
    return [...near, ...named.filter((one) => !near.some((other) => other.id === one.id)).map((one, i) => ({ ...one, rank: near.length + i + 1 }))];
  }

  private async read(): Promise<void> {
    if (!this.origin) return;
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    try {
      const answer = await ask(this.origin, this.by, this.kind, asking.signal);
      if (asking.signal.aborted) return;
      Object.assign(this, { answer, trouble: '', asof: Date.now() });
      this.ways.clear();
    } catch (err) {
      if (asking.signal.aborted) return;
      this.trouble = t('nearest.failed', { reason: reason(err) });
    }
    this.fill();
    this.redraw();
    if (this.answer && !this.framed) this.desk.frame([this.at(), ...this.answer.units.slice(0, 5).map((one): [number, number] => [one.lon, one.lat])]);
    this.framed ||= this.answer !== null;
  }

  private at(): [number, number] {
    return this.answer?.origin ?? [this.origin?.lon ?? 0, this.origin?.lat ?? 0];
  }

  private build(): void {
    const close = h('button', { type: 'button', class: 'icon-button', id: 'nearest-close', onclick: () => this.close() }, icon(icons.close));
    label(close, t('nearest.close') + ' (Esc)');
    const by = (['road', 'meters'] as const).map((one) => h('button', { type: 'button', class: 'choice-button', id: `nearest-by-${one}`, 'aria-pressed': String(this.by === one), onclick: () => this.ask({ by: one }) }, t(one === 'road' ? 'nearest.road' : 'nearest.meters')));
    const kinds = h('select', { id: 'nearest-class', 'aria-label': t('nearest.class'), onchange: () => this.ask({ kind: kinds.value }) },
      h('option', { value: '' }, t('nearest.class.all')), ...CLASSES.map((one) => h('option', { value: one, selected: one === this.kind }, t(CLASS_TITLES[one]))));
    this.panel.setAttribute('aria-label', t('nearest.title'));
    this.panel.replaceChildren(
      h('header', { class: 'card-head' }, h('div', { class: 'card-names' }, h('p', { class: 'card-layer', id: 'nearest-place' }), h('h2', {}, t('nearest.title'))), close),
      h('div', { class: 'nearest-how' }, h('div', { class: 'either', role: 'group', 'aria-label': t('nearest.by') }, ...by), kinds),
      h('p', { class: 'trouble', role: 'status', id: 'nearest-trouble', hidden: true }),
      h('ol', { id: 'nearest-list', onpointerleave: () => this.look(''), onfocusout: () => this.look('') }),
      h('div', { id: 'nearest-assign' }),
      h('p', { class: 'hint', id: 'nearest-hint' }),
      h('details', { id: 'nearest-left', hidden: true, ontoggle: (e: Event) => (e.target as HTMLDetailsElement).open && byID('nearest-left').scrollIntoView({ block: 'start' }) }, h('summary', {}), h('ul', {})));
    this.rows.clear();
    this.fill();
  }

  private ask(to: { by?: By; kind?: string }): void {
    Object.assign(this, to);
    this.answer = null;
    this.build();
    void this.read();
  }

  private fill(): void {
    if (!this.open || !this.origin) return;
    const { answer } = this, [lon, lat] = this.at(), units = this.shown;
    byID('nearest-place').textContent = this.origin.name || `${t('nearest.place')} ${coordinates(lon, lat)}`;
    byID('nearest-trouble').hidden = this.trouble === '';
    byID('nearest-trouble').textContent = this.trouble;
    const rows = units.map((one) => this.row(one)), list = byID('nearest-list');
    if (rows.some((row, i) => list.children[i] !== row) || list.children.length !== rows.length) list.replaceChildren(...rows);
    const hint = answer ? (units.length ? t('nearest.asof', { time: timeOfDay(new Date(this.asof)) }) : t('nearest.none')) : this.trouble ? '' : t('nearest.busy');
    byID('nearest-hint').textContent = hint;
    this.assignBar();
    this.left();
  }

  private assignBar(): void {
    if (document.activeElement?.id === 'assign-why') return; // somebody writes there
    const bar = this.assign.bar(this.origin?.incident, this.shown), { plan } = this;
    const words = plan && (plan.card ? t('assign.card', { card: plan.card.name }) : t('assign.nocard')) + (plan.missing ? t('assign.missing', { count: String(plan.missing) }) : '');
    byID('nearest-assign').replaceChildren(...(words ? [h('p', { class: 'plan' }, words)] : []), ...(bar ? [bar] : []));
  }

  private sent(message: string): void {
    this.desk.say(message);
    void this.read();
  }

  private row(one: Near): HTMLElement {
    const state = stateNamed(one.state), straight = one.method !== 'road', known = (CLASSES as readonly string[]).includes(one.class);
    const age = one.fix ? this.units.age({ fix: Date.parse(one.fix) }) : null;
    const far = distance(!straight && one.road_meters ? one.road_meters : one.meters);
    const eta = one.seconds === null || one.seconds === undefined ? '' : (straight ? '≈ ' : '') + travel(one.seconds);
    const tone = h('span', { class: 'near-state' }, t(state.title));
    tone.style.setProperty('--tone', LOOKS[state.look].color);
    const row = this.rows.get(one.id) ?? this.blank(one.id);
    row.firstElementChild!.replaceChildren(
      h('span', { class: 'near-rank' }, String(one.rank)),
      known ? signPicture({ class: one.class as Class, look: state.look, stale: false }) : h('span', {}),
      h('span', { class: 'near-name' }, one.name || one.id),
      h('span', { class: 'near-eta' }, eta || far),
      h('span', { class: 'near-more' }, tone, age === null ? '' : ` · ${t('nearest.fix', { ago: ago(age) })}`),
      h('span', { class: 'near-far' }, eta ? far : '', straight && this.by === 'road' ? h('span', { class: 'tag', title: inWords(one.note ?? '') }, t('nearest.straight')) : null));
    if (this.origin?.incident && this.desk.sends()) row.replaceChildren(row.firstElementChild!, this.assign.box(one));
    return row;
  }

  private blank(id: string): HTMLElement {
    const row = h('li', {}, h('button', { type: 'button', class: 'near', 'data-id': id, onclick: () => this.desk.unit(id), onpointerenter: () => this.look(id), onfocus: () => this.look(id) }));
    this.rows.set(id, row);
    return row;
  }

  private left(): void {
    const out = this.answer?.left_out ?? [], box = byID('nearest-left');
    box.hidden = out.length === 0;
    box.querySelector('summary')!.textContent = t('nearest.left', { count: number(out.length) });
    box.querySelector('ul')!.replaceChildren(...out.map((one) => h('li', {}, h('span', { class: 'left-name' }, one.name || one.id), h('span', { class: 'left-far' }, distance(one.meters)), h('span', { class: 'left-why' }, inWords(one.why)))));
  }

  /** Draws the way of the unit that is looked at. */
  private look(id: string): void {
    if (id === this.looked) return;
    this.looked = id;
    this.redraw();
    if (id && !this.ways.has(id)) void this.way(id);
  }

  private async way(id: string): Promise<void> {
    const near = this.answer?.units.find((one) => one.id === id), { ways } = this;
    if (near?.method !== 'road') return;
    if (!ways.has(id)) ways.set(id, null);
    ways.set(id, await route(this.where(near), this.at()).catch(() => ways.get(id) ?? null));
    if (this.looked === id) this.redraw();
  }

  /** Where a unit is by now, as far as the stream tells. */
  private where(one: Near): [number, number] {
    const unit = this.units.get(one.id);
    return unit ? [unit.lon, unit.lat] : [one.lon, one.lat];
  }

  private redraw(): void {
    if (!this.origin) return;
    const units = this.answer?.units ?? [];
    this.desk.rank(new Map(units.map((one) => [one.id, String(one.rank)])));
    this.desk.draw(drawing(this.at(), units.map((one) => ({ id: one.id, at: this.where(one) })), this.looked ? { id: this.looked, way: this.ways.get(this.looked) ?? null } : null));
  }
}
