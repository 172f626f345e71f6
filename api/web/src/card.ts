// The card of a feature: everything that is known about it, in words. With several features under a click it
// first lets the reader choose.

import { feature as ask, Problem, type Common, type Feature, type LayerDef, type Value } from './api';
import { byID, h, icon, icons, label } from './dom';
import { called, measured, moment, value } from './format';
import type { Look } from './solid/sight';
import { onLanguage, t, text, type Key } from './i18n';
import { reason } from './reason';
import { picture } from './tree';
import type { Swatch } from './legend';

/** A feature by layer and id. */
export interface Ref { layer: string; id: string }
/** A Choice opens its own card where it is none of a feature. */
export interface Choice extends Ref { name: string; kind?: string; swatch?: Swatch; open?: () => void }

/** What the card needs of the wall. */
export interface Desk {
  layer(id: string): LayerDef | undefined;
  swatch(id: string): Swatch | null;
  /** The card shows this feature; null: it was closed. geometry comes when it is known. */
  opened(ref: Ref | null, geometry: GeoJSON.Geometry | null): void;
  /** The card takes its place at the right. */
  opening(): void;
  fly(feature: Feature): void;
  /** Finds the units nearest to a point feature. */
  nearest(ref: Ref, at: GeoJSON.Position, name: string): void;
  /** More buttons for a feature. */
  looks(feature: Feature, def: LayerDef | undefined): Look[];
  /** Where a feature stands in the flow of its layer; null where there is none. */
  steps(feature: Feature, def: LayerDef | undefined): HTMLElement | null;
  say(message: string): void;
}

type Shown = { kind: 'nothing' } | { kind: 'list'; choices: Choice[] } | { kind: 'feature'; ref: Ref; name: string; feature: Feature | null; trouble: string | null; fresh: boolean };

const COMMON: { name: keyof Common; key: Key }[] = [
  { name: 'owner', key: 'common.owner' }, { name: 'source', key: 'common.source' }, { name: 'accuracy_m', key: 'common.accuracy_m' },
  { name: 'effective_from', key: 'common.effective_from' }, { name: 'effective_to', key: 'common.effective_to' },
  { name: 'updated_at', key: 'common.updated_at' }, { name: 'version', key: 'common.version' },
];

/** Card is the panel at the right, or at the bottom of a narrow screen. */
export class Card {
  private shown: Shown = { kind: 'nothing' };
  private choices: Choice[] = []; // to go back to
  private heading = ''; // of the choices; "" is how many there are
  private asking: AbortController | null = null;
  private from: HTMLElement | null = null; // had the focus before
  private panel = byID('card');

  constructor(private desk: Desk) {
    onLanguage(() => this.draw());
  }

  /** Whether several are listed. */
  get listing(): boolean {
    return this.shown.kind === 'list';
  }

  get open(): Ref | null {
    return this.shown.kind === 'feature' ? this.shown.ref : null;
  }

  /** Shows what was clicked, or asked for under a heading: nothing closes, one opens, several are listed. */
  choose(choices: Choice[], heading = ''): void {
    this.heading = heading;
    this.choices = choices.length > 1 ? choices : [];
    if (choices.length === 0) return this.close();
    if (choices.length === 1 && choices[0]) return this.take(choices[0]);
    this.desk.opened(null, null);
    this.set({ kind: 'list', choices });
  }

  /** Opens the card of a feature. Its name, where it is known, stands there until all has been read. */
  async show(ref: Ref & { name?: string }, fly = false): Promise<void> {
    this.set({ kind: 'feature', ref: { layer: ref.layer, id: ref.id }, name: ref.name ?? '', feature: null, trouble: null, fresh: false });
    await this.read(fly, false);
  }

  /** Reads the open feature again, because it may have changed. */
  async reload(): Promise<void> {
    if (this.shown.kind === 'feature') await this.read(false, true);
  }

  /** Reads again what could not be read. */
  async recover(): Promise<void> {
    if (this.shown.kind === 'feature' && this.shown.trouble) await this.read(false, true);
  }

  /** Draws again: what its buttons can do may be another. */
  redraw(): void {
    if (this.shown.kind === 'feature') this.draw();
  }

  close(): void {
    if (this.shown.kind === 'nothing') return;
    this.asking?.abort();
    const back = this.panel.contains(document.activeElement) ? this.from : null;
    this.set({ kind: 'nothing' });
    this.desk.opened(null, null);
    back?.focus();
  }

  private async read(fly: boolean, again: boolean): Promise<void> {
    const shown = this.shown;
    if (shown.kind !== 'feature') return;
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    try {
      const feature = await ask(shown.ref.layer, shown.ref.id, asking.signal);
      if (asking.signal.aborted) return;
      const newer = again && feature.common?.version !== shown.feature?.common?.version;
      this.set({ ...shown, feature, trouble: null, fresh: newer });
      this.desk.opened(shown.ref, feature.geometry);
      if (fly) this.desk.fly(feature);
    } catch (err) {
      if (asking.signal.aborted) return;
      this.set({ ...shown, trouble: trouble(err), feature: gone(err) ? null : shown.feature });
      this.desk.opened(shown.ref, null);
    }
  }

  private set(shown: Shown): void {
    const opening = this.shown.kind === 'nothing' && shown.kind !== 'nothing';
    if (opening) this.from = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    if (opening) this.desk.opening();
    this.shown = shown;
    this.draw();
  }

  private draw(): void {
    const shown = this.shown;
    const within = this.panel.contains(document.activeElement) ? document.activeElement?.id : undefined;
    this.panel.hidden = shown.kind === 'nothing';
    document.body.classList.toggle('card-open', shown.kind !== 'nothing');
    this.panel.setAttribute('aria-label', t('card.label'));
    if (shown.kind === 'nothing') this.panel.replaceChildren();
    if (shown.kind === 'list') this.panel.replaceChildren(...this.list(shown.choices));
    if (shown.kind === 'feature') this.panel.replaceChildren(...this.feature(shown));
    if (within !== undefined) (document.getElementById(within || 'card-close') ?? this.panel.querySelector<HTMLElement>('button'))?.focus();
  }

  private take(choice: Choice): void {
    if (choice.open) choice.open();
    else void this.show(choice);
  }

  private list(choices: Choice[]): HTMLElement[] {
    const rows = choices.slice(0, 30).map((choice, i) => h('li', {},
      h('button', { type: 'button', class: 'choice', id: `choice-${i}`, onclick: () => this.take(choice) },
        choice.swatch ? picture(choice.swatch) : this.swatch(choice.layer),
        h('span', { class: 'choice-name' }, choice.name || t('card.unnamed')),
        h('span', { class: 'choice-layer' }, choice.kind ?? text(this.desk.layer(choice.layer)?.title)))));
    return [this.head(null, this.heading || t('card.choose', { count: choices.length })), h('ul', { class: 'choices' }, ...rows)];
  }

  private feature(shown: Extract<Shown, { kind: 'feature' }>): HTMLElement[] {
    const { ref, feature, trouble } = shown, def = this.desk.layer(ref.layer);
    const title = feature ? called(def, feature.properties) || t('card.unnamed') : shown.name || ref.id;
    const parts = [this.head(ref.layer, title, text(def?.title) || ref.layer, shown.fresh)];
    if (trouble) parts.push(h('p', { class: 'trouble', role: 'alert' }, trouble));
    if (!feature && !trouble) parts.push(h('p', { class: 'hint' }, t('card.loading')));
    const steps = feature && this.desk.steps(feature, def);
    if (steps) parts.push(steps);
    if (feature) parts.push(this.actions(ref, feature, title), this.properties(feature, def), common(feature));
    return parts;
  }

  private head(layer: string | null, title: string, above?: string, fresh = false): HTMLElement {
    const close = h('button', { type: 'button', class: 'icon-button', id: 'card-close', onclick: () => this.close() }, icon(icons.close));
    label(close, t('card.close') + ' (Esc)');
    const back = layer && this.choices.length > 0 && h('button', { type: 'button', class: 'icon-button', id: 'card-back', onclick: () => this.choose(this.choices, this.heading) }, icon(icons.back));
    if (back) label(back, t('card.back'));
    return h('header', { class: 'card-head' }, back,
      h('div', { class: 'card-names' },
        above ? h('p', { class: 'card-layer' }, layer ? this.swatch(layer) : null, above, fresh && h('span', { class: 'fresh', role: 'status' }, t('card.changed'))) : null,
        h('h2', { id: 'card-title' }, title)),
      close);
  }

  private properties(feature: Feature, def: LayerDef | undefined): HTMLElement {
    const known = def?.properties ?? [];
    const told = kept(def);
    const named = known.filter((p) => p.name !== def?.label && !told.includes(p.name) && present(feature.properties[p.name]));
    const rows = named.map((p) => row(text(p.title), value(p, feature.properties[p.name] as Value), p.values?.find((v) => v.value === String(feature.properties[p.name]))?.color));
    for (const [name, v] of Object.entries(feature.properties)) {
      if (present(v) && !known.some((p) => p.name === name)) rows.push(row(name, value(undefined, v as Value)));
    }
    return rows.length ? h('dl', { class: 'properties' }, ...rows.flat()) : h('p', { class: 'hint' }, t('card.empty'));
  }

  private actions(ref: Ref, feature: Feature, title: string): HTMLElement {
    const at = feature.geometry?.type === 'Point' ? feature.geometry.coordinates : null;
    const link = () => navigator.clipboard?.writeText(location.href).then(() => this.desk.say(t('card.copied')), () => undefined);
    return h('div', { class: 'actions' },
      h('button', { type: 'button', class: 'button', id: 'card-fly', onclick: () => this.desk.fly(feature) }, icon(icons.target), t('card.fly')),
      h('button', { type: 'button', class: 'button', id: 'card-link', onclick: () => void link() }, icon(icons.link), t('card.copy')),
      ...this.desk.looks(feature, this.desk.layer(ref.layer)).map((one) => h('button', { type: 'button', class: 'button', id: one.id, onclick: () => one.act() }, icon(one.icon), one.words)),
      at && h('button', { type: 'button', class: 'button', id: 'card-nearest', onclick: () => this.desk.nearest(ref, at, title) }, icon(icons.nearest), t('nearest.title')));
  }

  private swatch(layer: string): HTMLElement | null {
    const swatch = this.desk.swatch(layer);
    return swatch && picture(swatch);
  }
}

/** The properties that a flow tells in its own way. */
function kept(def: LayerDef | undefined): (string | undefined)[] {
  const { flow } = def ?? {};
  return flow ? [flow.property, flow.since, flow.late, ...Object.values(flow.times ?? {})] : [];
}

function common(feature: Feature): HTMLElement {
  const c = feature.common ?? {};
  const rows = [row(t('common.id'), feature.id), ...COMMON.filter(({ name }) => present(c[name])).map(({ name, key }) => row(t(key), said(name, c[name] as Value)))];
  return h('section', { class: 'common' }, h('h3', {}, t('card.common')), h('dl', { class: 'properties' }, ...rows.flat()));
}

function said(name: keyof Common, v: Value): string {
  if (name === 'accuracy_m' && typeof v === 'number') return '± ' + measured(v, 'm');
  return name.endsWith('_at') || name.startsWith('effective') ? moment(String(v)) : String(v);
}

const present = (v: unknown): boolean => v !== undefined && v !== null && v !== '';

function row(title: string, v: string, color?: string): HTMLElement[] {
  const chip = color ? h('span', { class: 'chip' }) : null;
  chip?.style.setProperty('--ink', color ?? '');
  return [h('dt', {}, title), h('dd', {}, chip, v)];
}

const gone = (err: unknown): boolean => err instanceof Problem && (err.status === 404 || err.status === 410);

function trouble(err: unknown): string {
  if (gone(err)) return t('card.gone');
  if (err instanceof Problem && (err.status === 401 || err.status === 403)) return t('card.denied');
  return t('card.failed', { reason: reason(err) });
}
