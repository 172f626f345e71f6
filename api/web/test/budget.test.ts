import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const dist = new URL('../dist/', import.meta.url);

const built = existsSync(new URL('index.html', dist));
const size = (name: string) => gzipSync(readFileSync(new URL(`assets/${name}`, dist)), { level: 9 }).length;

test.skipIf(!built)('the page’s initial script is at most 450 kB compressed, with the map’s worker at most 480 kB', () => {
  const scripts = readdirSync(new URL('assets/', dist)).filter((name) => name.endsWith('.js'));
  const page = readFileSync(new URL('index.html', dist), 'utf8');
  const initial = scripts.filter((name) => page.includes(name)), worker = scripts.filter((name) => name.includes('worker'));
  expect([initial.length, worker.length]).toEqual([1, 1]);
  const first = size(initial[0] ?? ''), both = first + size(worker[0] ?? '');
  console.log(`compressed: script ${(first / 1000).toFixed(0)} kB, with the worker ${(both / 1000).toFixed(0)} kB`);
  expect(first).toBeLessThanOrEqual(450_000);
  expect(both).toBeLessThanOrEqual(480_000);
});

test.skipIf(!built)('the built client names no other machine as a source', () => {
  const page = readFileSync(new URL('index.html', dist), 'utf8');
  const styles = readdirSync(new URL('assets/', dist)).filter((name) => name.endsWith('.css')).map((name) => readFileSync(new URL(`assets/${name}`, dist), 'utf8'));
  for (const text of [page, ...styles]) expect(text.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:\/\//);
});
