// How values read: numbers with units, dates in the wall's time zone, distances, ages. All in the current language.

import type { LayerDef, PropertyDef, Value } from './api';
import { language, t, text } from './i18n';

const units: Record<string, { 'zh-CN': string; en: string }> = {
  m: { 'zh-CN': '米', en: 'm' }, km: { 'zh-CN': '公里', en: 'km' }, 'km/h': { 'zh-CN': '公里/时', en: 'km/h' },
  'm/s': { 'zh-CN': '米/秒', en: 'm/s' }, deg: { 'zh-CN': '°', en: '°' }, min: { 'zh-CN': '分钟', en: 'min' },
  s: { 'zh-CN': '秒', en: 's' }, h: { 'zh-CN': '小时', en: 'h' }, d: { 'zh-CN': '天', en: 'days' },
  a: { 'zh-CN': '年', en: 'years' }, m2: { 'zh-CN': '平方米', en: 'm²' }, kg: { 'zh-CN': '千克', en: 'kg' }, '%': { 'zh-CN': '%', en: '%' },
};

export function number(n: number, digits = 3): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(n);
}

/** A value with its unit; degrees and percent stand without a space. */
export function measured(n: number, unit?: string): string {
  if (!unit) return number(n);
  const word = units[unit]?.[language()] ?? unit;
  return number(n) + (word === '°' || word === '%' ? '' : ' ') + word;
}

/** Reads a property's value for people. */
export function value(of: PropertyDef | undefined, v: Value): string {
  const listed = of?.values?.find((one) => one.value === String(v));
  if (listed) return text(listed.title);
  if (typeof v === 'boolean') return t(v ? 'value.yes' : 'value.no');
  if (typeof v === 'number') return of?.type === 'integer' && !of.unit && Math.abs(v) < 10_000 ? String(v) : measured(v, of?.unit);
  if (of?.type === 'time') return moment(v);
  if (of?.type === 'date') return day(v);
  return v;
}

/** What a feature is called: its label, or what kind of thing it is, or "". */
export function called(def: LayerDef | undefined, properties: Record<string, unknown>): string {
  const named = def?.label === undefined ? undefined : properties[def.label];
  if (named !== undefined && named !== null && named !== '') return String(named);
  const kind = def?.properties.find((p) => p.values && properties[p.name] !== undefined && properties[p.name] !== null);
  return kind ? value(kind, properties[kind.name] as Value) : '';
}

/** Date and time of an RFC 3339 text, or the text itself. */
export function moment(v: string): string {
  const at = new Date(v);
  if (Number.isNaN(at.getTime())) return v;
  return new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'medium', hour12: false }).format(at);
}

/** A calendar day, which has no time zone. */
export function day(v: string): string {
  const at = new Date(v + 'T00:00:00Z');
  if (Number.isNaN(at.getTime())) return v;
  return new Intl.DateTimeFormat(language(), { dateStyle: 'long', timeZone: 'UTC' }).format(at);
}

export function timeOfDay(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':');
}

export function dayOfWeek(at: Date): string {
  return new Intl.DateTimeFormat(language(), { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' }).format(at);
}

/** An age, whole units, rounded down. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 90) return t('age.seconds', { n: s });
  if (s < 90 * 60) return t('age.minutes', { n: Math.floor(s / 60) });
  if (s < 48 * 3600) return t('age.hours', { n: Math.floor(s / 3600) });
  return t('age.days', { n: Math.floor(s / 86400) });
}

/** How long ago something was, whole units, rounded down. */
export function ago(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 2) return t('ago.now');
  if (s < 90) return t('ago.seconds', { n: s });
  if (s < 90 * 60) return t('ago.minutes', { n: Math.floor(s / 60) });
  if (s < 48 * 3600) return t('ago.hours', { n: Math.floor(s / 3600) });
  return t('ago.days', { n: Math.floor(s / 86400) });
}

/** A travel time as minutes and seconds: 4:05. */
export function travel(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** The point of the compass nearest to a course. */
export function compass(course: number): string {
  return t('compass').split(',')[Math.round(course / 45) % 8] ?? '';
}

export function distance(meters: number): string {
  return meters >= 1000 ? measured(Math.round(meters / 100) / 10, 'km') : measured(Math.round(meters), 'm');
}

/** Degrees with six digits: about a tenth of a metre. */
export function coordinates(lon: number, lat: number): string {
  return `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
}
