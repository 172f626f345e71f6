import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { choose } from '../src/i18n';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh-CN';

const src = new URL('../src/', import.meta.url);
const files = readdirSync(src, { recursive: true }).map(String).filter((f) => f.endsWith('.ts') && !/^i18n\/(en|zh-CN)/.test(f));
const fills = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

test('both languages have the same messages with the same placeholders', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect(fills(en[key]), key).toEqual(fills(zh[key]));
});

test('no message is empty, and Chinese ones are Chinese', () => {
  const alike = new Set(['language.switch', 'language.label', 'layers.shown', 'product']);
  for (const [key, text] of Object.entries({ ...zh })) {
    expect(text.trim(), key).not.toBe('');
    if (!alike.has(key)) expect(text, key).toMatch(/\p{Script=Han}/u);
  }
  for (const [key, text] of Object.entries(en)) if (!alike.has(key)) expect(text, key).not.toMatch(/\p{Script=Han}/u);
});

test('every message is used, and every used message is there', () => {
  const sources = files.map((f) => readFileSync(new URL(f, src), 'utf8')).join('\n');
  for (const key of Object.keys(zh)) expect(sources.includes(`'${key}'`), key).toBe(true);
});

test('no source outside the message files speaks to people', () => {
  for (const file of files.filter((f) => f !== 'format.ts')) expect(readFileSync(new URL(file, src), 'utf8'), file).not.toMatch(/\p{Script=Han}/u);
});

describe('the language', () => {
  const tests = [
    { name: 'is Chinese by default', query: '', kept: null, want: 'zh-CN' },
    { name: 'is what was chosen before', query: '', kept: 'en', want: 'en' },
    { name: 'is what the address says first of all', query: '?lang=zh', kept: 'en', want: 'zh-CN' },
    { name: 'ignores what it does not speak', query: '?lang=fr', kept: null, want: 'zh-CN' },
    { name: 'takes regional names', query: '?lang=en-GB', kept: null, want: 'en' },
  ];
  for (const { name, query, kept, want } of tests) test(name, () => expect(choose(query, kept)).toBe(want));
});
