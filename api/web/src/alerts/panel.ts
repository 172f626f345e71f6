// The panel of alerts at the right: the newest on top, filters by family, and a click that shows the place.

import { byID, h, icon, icons, label } from '../dom';
import { number, timeOfDay } from '../format';
import { onLanguage, t } from '../i18n';
import { Pace } from '../pace';
import { details, familyOf, FAMILIES, happened, iconOf, timeOf, type Alert, type Family } from './alert';
import type { Alerts } from './list';

/** What the panel asks of the wall. */
export interface AlertDesk {
  /** What a unit is called. */
  called(unit: string): string;
  /** Shows the place of an alert on the map. */
  show(alert: Alert): void;
  /** Tells whether somebody here has acknowledged it. */
  taken(alert: Alert): boolean;
  /** The panel opened or closed. */
  resized(): void;
}

const REMEMBERED = 'wardmap.alerts.open', HIDDEN = 'wardmap.alerts.hidden';
const NARROW = '(max-width: 899px)', ROOM = '(min-width: 1200px)';
const PAGE = 60; // rows at once
const GAP = 200; // ms between drawings of a flood
const NEW = 2500; // ms for which a new row stands out

/** AlertPanel draws at most a few times a second, and leaves a list alone that somebody reads. */
export class AlertPanel {
  private open: boolean;
  private rows = PAGE;
  private drawn = 0; // number of the newest alert in the list
  private unseen = 0;
  private gapped = false;
  private list = byID('alert-list');
  private scroll = byID('alert-scroll');
  private pace = new Pace(GAP, () => requestAnimationFrame(() => this.draw()));

  constructor(private alerts: Alerts, private desk: AlertDesk) {
    this.open = !document.body.classList.contains('no-watch') && matchMedia(ROOM).matches && localStorage.getItem(REMEMBERED) !== 'no';
    byID('alerts-button').append(icon('M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 2h-15l1.500-2ZM10 20.500a2 2 0 0 0 4 0'), h('span', { id: 'alerts-unseen', hidden: true }));
    byID('alerts-button').addEventListener('click', () => this.turn(!this.open));
    byID('alerts-close').append(icon(icons.close));
    byID('alerts-close').addEventListener('click', () => this.turn(false, true));
    byID('alerts').addEventListener('keydown', (e) => {
      if (e.key !== 'Escape' || !matchMedia(NARROW).matches) return;
      e.stopPropagation();
      this.turn(false, true);
    });
    byID('alerts-newer').addEventListener('click', () => this.top());
    this.scroll.addEventListener('scroll', () => this.scroll.scrollTop < 8 && this.arrived([]), { passive: true });
    onLanguage(() => this.reword());
  }

  /** Alerts have come. */
  arrived(fresh: readonly Alert[]): void {
    if (!this.open) this.unseen += fresh.length;
    this.pace.ask('');
  }

  /** Something about the alerts shown is another than before. */
  redraw(): void {
    this.drawn = 0;
    this.pace.ask('');
  }

  /** Alerts are missing from now on backwards. */
  gap(): void {
    this.gapped = true;
    this.redraw();
  }

  private reword(): void {
    byID('alerts').setAttribute('aria-label', t('alerts.title'));
    byID('alerts-title').textContent = t('alerts.title');
    label(byID('alerts-close'), t('alerts.hide'));
    this.apply();
    this.drawn = 0;
    this.draw();
  }

  private turn(open: boolean, back = false): void {
    this.open = open;
    if (!matchMedia(NARROW).matches) localStorage.setItem(REMEMBERED, open ? 'yes' : 'no');
    this.apply();
    if (back) byID('alerts-button').focus();
    else if (open && matchMedia(NARROW).matches) byID('alerts-close').focus();
  }

  private apply(): void {
    if (this.open) this.unseen = 0;
    byID('alerts').hidden = !this.open;
    document.body.classList.toggle('alerts-open', this.open);
    byID('alerts-button').setAttribute('aria-expanded', String(this.open));
    this.desk.resized();
    this.draw();
  }

  private draw(): void {
    this.badge();
    if (!this.open) return;
    this.filters();
    const shown = this.alerts.shown(), newest = shown[0]?.seq ?? 0;
    const reading = this.drawn > 0 && this.scroll.scrollTop >= 8;
    const waiting = reading ? shown.findIndex((alert) => alert.seq <= this.drawn) : 0;
    const newer = byID('alerts-newer');
    newer.hidden = waiting === 0;
    newer.textContent = t('alerts.newer', { count: waiting < 0 ? shown.length : waiting });
    if (reading) return;
    this.fill(shown.slice(0, this.rows));
    this.drawn = newest;
    this.foot(shown.length);
  }

  /** Makes the list true: new rows on top, the oldest away. Rows that stay are not touched, nor is the focus on them. */
  private fill(wanted: Alert[]): void {
    if (this.drawn === 0) this.list.replaceChildren();
    const first = this.drawn, fresh = wanted.filter((alert) => alert.seq > first);
    const rows = fresh.map((alert) => this.row(alert, first > 0));
    this.list.prepend(...rows);
    setTimeout(() => rows.forEach((row) => row.classList.remove('new')), NEW);
    while (this.list.children.length > wanted.length) this.list.lastElementChild?.remove();
    const have = this.list.children.length;
    this.list.append(...wanted.slice(have).map((alert) => this.row(alert, false)));
  }

  private foot(all: number): void {
    const none = all === 0, more = all - this.rows;
    byID('alerts-none').hidden = !none;
    byID('alerts-none').textContent = t(this.alerts.size ? 'alerts.filtered' : 'alerts.none');
    byID('alerts-gap').hidden = !this.gapped;
    byID('alerts-gap').textContent = t('alerts.gap');
    const older = byID('alerts-older');
    older.hidden = more <= 0;
    older.textContent = t('alerts.older', { count: number(more) });
    older.onclick = () => {
      this.rows += PAGE;
      this.drawn = 0;
      this.draw();
    };
  }

  private row(alert: Alert, fresh: boolean): HTMLElement {
    const at = new Date(timeOf(alert)), what = happened(alert), where = alert.fence_name ?? '', who = alert.unit ? this.desk.called(alert.unit) : '';
    const other = alert.other ? this.desk.called(alert.other) : '';
    const more = [who, other, ...details(alert)].filter(Boolean).join(' · ');
    const button = h('button', { type: 'button', class: 'alert', onclick: () => this.desk.show(alert) },
      h('span', { class: 'alert-icon' }, icon(iconOf(alert))),
      h('span', { class: 'alert-what' }, h('b', {}, what), where && ` ${where}`),
      h('time', { datetime: at.toISOString() }, timeOfDay(at)),
      h('span', { class: 'alert-who' }, more),
      alert.possible && h('span', { class: 'tag' }, t('alert.possible')),
      this.desk.taken(alert) && h('span', { class: 'tag done' }, t('alert.acknowledged')));
    button.title = t('alerts.place', { title: [what, where, more].filter(Boolean).join(' ') });
    return h('li', { 'data-seq': alert.seq, 'data-family': familyOf(alert), class: fresh ? 'new' : null }, button);
  }

  private filters(): void {
    const counts = this.alerts.counts(), bar = byID('alert-filters');
    if (bar.children.length !== FAMILIES.length) bar.replaceChildren(...FAMILIES.map((one) => this.filter(one.id, one.icon)));
    FAMILIES.forEach((one, i) => {
      const button = bar.children[i] as HTMLElement, cell = button.querySelector('span')!, count = counts[one.id] ? number(counts[one.id]) : '';
      const words = t('alerts.family', { title: t(one.title), count });
      if (button.title !== words) label(button, words);
      button.setAttribute('aria-pressed', String(!this.alerts.hidden.has(one.id)));
      if (cell.textContent !== count) cell.textContent = count;
    });
  }

  private filter(family: Family, path: string): HTMLElement {
    return h('button', {
      type: 'button', class: 'filter', 'data-family': family, onclick: () => {
        this.alerts.toggle(family);
        localStorage.setItem(HIDDEN, JSON.stringify([...this.alerts.hidden]));
        this.drawn = 0;
        this.draw();
      },
    }, icon(path), h('span', {}));
  }

  private badge(): void {
    const badge = byID('alerts-unseen'), button = byID('alerts-button');
    badge.hidden = this.unseen === 0;
    badge.textContent = this.unseen > 99 ? '99+' : String(this.unseen);
    label(button, t(this.open ? 'alerts.hide' : 'alerts.show') + (this.unseen ? ` · ${t('alerts.unseen', { count: this.unseen })}` : ''));
  }

  private top(): void {
    this.scroll.scrollTop = 0;
    this.draw();
  }
}

/** The families that were hidden when the page was last open. */
export function hiddenFamilies(): Set<Family> {
  try {
    return new Set((JSON.parse(localStorage.getItem(HIDDEN) ?? '[]') as Family[]).filter((one) => FAMILIES.some((family) => family.id === one)));
  } catch {
    return new Set();
  }
}
