// The language of the interface: zh-CN unless the address (?lang=en) or an earlier choice says otherwise.

import type { Text } from '../api';
import { zh } from './zh-CN';

export type Language = 'zh-CN' | 'en';
export type Key = keyof typeof zh;

const messages: Record<Language, Record<Key, string> | null> = { 'zh-CN': zh, en: null }; // English comes when it is first wanted
const listeners: (() => void)[] = [];
let current: Language = 'zh-CN';

/** Decides the language of a page from its address and what was remembered. */
export function choose(query: string, remembered: string | null): Language {
  for (const wish of [new URLSearchParams(query).get('lang'), remembered]) {
    if (wish === 'en' || wish?.startsWith('en-')) return 'en';
    if (wish?.toLowerCase().startsWith('zh')) return 'zh-CN';
  }
  return 'zh-CN';
}

export const language = (): Language => current;

/** Switches the language and tells everybody who shows text. It fails when the texts cannot be had; all stays as it was then. */
export async function setLanguage(to: Language): Promise<void> {
  if (to === 'en') messages.en ??= (await import('./en')).en;
  current = to;
  document.documentElement.lang = to;
  document.title = t('page.title');
  for (const redraw of listeners) redraw();
}

/** Calls redraw now and after every switch of the language. */
export function onLanguage(redraw: () => void): void {
  listeners.push(redraw);
  redraw();
}

/** The message with its {placeholders} filled. */
export function t(key: Key, fill: Record<string, string | number> = {}): string {
  return (messages[current] ?? zh)[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(fill[name] ?? whole));
}

/** A message in both languages, as definitions have their texts; English only once it is there. */
export const both = (key: Key): Text => ({ 'zh-CN': zh[key], get en() { return messages.en?.[key] ?? ''; } });

/** A definition's text in the current language, or in the other when it has none. */
export function text(of: Text | undefined): string {
  if (!of) return '';
  return of[current] || of['zh-CN'] || of.en || '';
}
