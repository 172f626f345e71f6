// The search box: features by name or id. "/" goes to it, arrows move, Enter opens, Escape leaves.

import { search as ask, type Found, type LayerDef } from './api';
import { byID, h, icon, icons, label } from './dom';
import { onLanguage, t, text } from './i18n';
import type { Swatch } from './legend';
import { reason } from './reason';
import { picture } from './tree';

/** What the search needs of the wall. */
export interface Finder {
  layer(id: string): LayerDef | undefined;
  swatch(id: string): Swatch | null;
  /** The district that a place lies in, or "" when none is known. */
  district(lon: number, lat: number): Promise<string>;
  open(found: Found): void;
}

const DEBOUNCE = 180; // ms after the last key
const LIMIT = 12;

/** Search is the box and its list (WAI-ARIA combobox). */
export class Search {
  private input = byID('search-input') as HTMLInputElement;
  private list = byID('search-list');
  private note = byID('search-note');
  private found: Found[] = [];
  private at = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | null = null;
  private noted: () => string = () => '';

  constructor(private finder: Finder) {
    this.input.addEventListener('input', () => this.later());
    this.input.addEventListener('keydown', (e) => this.key(e));
    this.input.addEventListener('focus', () => this.input.value.trim() && this.show(true));
    byID('search').addEventListener('focusout', (e) => byID('search').contains(e.relatedTarget as Node | null) || this.show(false));
    byID('search-clear').append(icon(icons.close));
    byID('search-clear').addEventListener('click', () => this.clear());
    byID('search-icon').append(icon(icons.search));
    addEventListener('keydown', (e) => this.shortcut(e));
    onLanguage(() => this.reword());
  }

  private reword(): void {
    this.input.placeholder = t('search.placeholder');
    this.input.setAttribute('aria-label', t('search.label'));
    this.list.setAttribute('aria-label', t('search.label'));
    label(byID('search-clear'), t('search.clear'));
    this.draw();
  }

  private shortcut(e: KeyboardEvent): void {
    const typing = e.target instanceof HTMLInputElement || e.target instanceof HTMLTextAreaElement;
    if (e.key !== '/' || typing || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    this.input.focus();
    this.input.select();
  }

  private key(e: KeyboardEvent): void {
    if (e.isComposing) return; // the reader still writes a character with an input method
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      this.move(e.key === 'ArrowDown' ? 1 : -1);
    } else if (e.key === 'Enter') {
      const chosen = this.found[Math.max(0, this.at)];
      if (chosen) this.open(chosen);
      else this.now();
    } else if (e.key === 'Escape') {
      e.stopPropagation();
      if (this.list.hidden && this.note.hidden) this.input.blur();
      else this.show(false);
    }
  }

  private move(by: number): void {
    if (!this.found.length) return;
    this.at = (this.at + by + this.found.length + (this.at < 0 && by < 0 ? 1 : 0)) % this.found.length;
    this.show(true);
    this.mark();
  }

  private mark(): void {
    [...this.list.children].forEach((row, i) => row.setAttribute('aria-selected', String(i === this.at)));
    const row = this.list.children[this.at];
    row?.scrollIntoView({ block: 'nearest' });
    if (row) this.input.setAttribute('aria-activedescendant', row.id);
    else this.input.removeAttribute('aria-activedescendant');
  }

  private later(): void {
    clearTimeout(this.timer);
    byID('search-clear').hidden = this.input.value === '';
    if (!this.input.value.trim()) return this.answer([], () => '');
    this.timer = setTimeout(() => this.now(), DEBOUNCE);
  }

  private async now(): Promise<void> {
    clearTimeout(this.timer);
    const wanted = this.input.value.trim();
    if (!wanted) return;
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const slow = setTimeout(() => this.say(() => t('search.busy')), 300);
    try {
      const { features } = await ask(wanted, LIMIT, asking.signal);
      if (!asking.signal.aborted) this.answer(features, () => (features.length ? t('search.count', { count: features.length }) : t('search.none', { text: wanted })));
    } catch (err) {
      if (asking.signal.aborted) return;
      this.answer([], () => t('search.failed', { reason: reason(err) }));
    } finally {
      clearTimeout(slow);
    }
  }

  private answer(found: Found[], note: () => string): void {
    this.asking?.abort();
    this.found = found;
    this.at = found.length ? 0 : -1;
    this.noted = note;
    this.draw();
    this.show(document.activeElement === this.input);
  }

  private say(note: () => string): void {
    this.noted = note;
    this.draw();
    this.show(true);
  }

  private draw(): void {
    this.note.textContent = this.noted();
    this.list.replaceChildren(...this.found.map((one, i) => this.row(one, i)));
    this.mark();
  }

  private row(one: Found, i: number): HTMLElement {
    const layer = one.properties.layer, swatch = this.finder.swatch(layer);
    const place = h('span', { class: 'found-place' }, text(this.finder.layer(layer)?.title) || layer);
    const [lon, lat] = one.geometry.coordinates;
    if (lon !== undefined && lat !== undefined) void this.finder.district(lon, lat).then((name) => name && place.append(' · ' + name), () => undefined);
    const also = one.properties.found;
    return h('li', { role: 'option', id: `found-${i}`, class: 'found', 'aria-selected': 'false', onmousedown: (e: MouseEvent) => { e.preventDefault(); this.open(one); } },
      swatch && picture(swatch),
      h('span', { class: 'found-name' }, String(one.properties.label ?? one.properties.id), also ? h('small', {}, ' ' + String(also)) : null),
      place);
  }

  private open(one: Found): void {
    this.show(false);
    this.input.blur();
    this.finder.open(one);
  }

  private clear(): void {
    this.input.value = '';
    this.later();
    this.input.focus();
  }

  private show(open: boolean): void {
    const list = open && this.found.length > 0, note = open && this.note.textContent !== '';
    this.list.hidden = !list;
    this.note.hidden = !note;
    byID('search-drop').hidden = !list && !note;
    this.input.setAttribute('aria-expanded', String(list));
  }
}
