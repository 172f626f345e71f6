// The red banner of emergencies across the whole wall. It goes only when somebody acknowledges.

import { byID, h, icon } from '../dom';
import { ago, timeOfDay } from '../format';
import { onLanguage, t } from '../i18n';
import { FAMILIES } from './alert';
import type { Cry, Emergencies } from './emergencies';

/** What the banner asks of the wall. */
export interface BannerDesk {
  called(unit: string): string;
  /** How long ago a time of the server was, in ms. */
  age(since: number): number;
  locate(cry: Cry): void;
  nearest(cry: Cry): void;
  acknowledged(): void;
}

const ROWS = 3; // more are counted

/** Banner shows the open cries. */
export class Banner {
  private box = byID('emergency');
  private shown = '';

  constructor(private emergencies: Emergencies, private desk: BannerDesk) {
    setInterval(() => this.beat(), 500);
    onLanguage(() => this.draw(true));
  }

  /** Makes the banner true; again draws it even when the cries are the same. */
  draw(again = false): void {
    const cries = this.emergencies.cries(), key = cries.map((cry) => `${cry.unit}${cry.since}${cry.over}${this.desk.called(cry.unit)}`).join();
    if (key === this.shown && !again) return;
    this.shown = key;
    const focused = document.activeElement?.id ?? '';
    this.box.hidden = cries.length === 0;
    this.box.replaceChildren(...cries.slice(0, ROWS).map((cry) => this.row(cry)),
      ...(cries.length > ROWS ? [h('p', { class: 'cries' }, t('emergency.more', { count: cries.length - ROWS }))] : []));
    document.title = (cries.length ? `⚠ ${t('emergency.title')} · ` : '') + t('page.title');
    if (focused.startsWith('cry-')) document.getElementById(focused)?.focus();
  }

  private row(cry: Cry): HTMLElement {
    const name = this.desk.called(cry.unit);
    const act = (key: Parameters<typeof t>[0], id: string, run: () => void) => h('button', { type: 'button', class: 'button', id: `cry-${id}-${cry.unit}`, onclick: run }, t(key));
    return h('div', { class: 'cry', 'data-unit': cry.unit },
      h('span', { class: 'siren' }, icon(FAMILIES[0]!.icon)),
      h('strong', {}, t('emergency.title')),
      h('span', { class: 'cry-name' }, name),
      h('span', { class: 'cry-since' }, t('emergency.at', { time: timeOfDay(new Date(cry.since)) }), ' · ', h('span', { class: 'cry-age', 'aria-hidden': 'true', 'data-since': cry.since }, ago(this.desk.age(cry.since))),
        cry.over && ` · ${t('emergency.over')}`),
      h('span', { class: 'cry-acts' },
        act('emergency.locate', 'locate', () => this.desk.locate(cry)),
        act('emergency.nearest', 'nearest', () => this.desk.nearest(cry)),
        act('emergency.acknowledge', 'acknowledge', () => this.acknowledge(cry))));
  }

  private acknowledge(cry: Cry): void {
    this.emergencies.acknowledge(cry.unit, Date.now());
    this.draw();
    this.desk.acknowledged();
  }

  /** Blinks and counts the seconds. */
  private beat(): void {
    if (this.box.hidden) return;
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) this.box.dataset.beat = this.box.dataset.beat === '1' ? '0' : '1';
    for (const cell of this.box.querySelectorAll<HTMLElement>('.cry-age')) cell.textContent = ago(this.desk.age(Number(cell.dataset.since)));
  }
}
