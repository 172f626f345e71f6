// Takes a screenshot of a running wall: node e2e/shot.mjs --url http://127.0.0.1:8080/ --center lon,lat --zoom z --out file.png
// Also: --size 1920x1080, --lang en, --on layer,layer, --off layer,layer, --open layer/id, --bare (no panels), --hash '…'.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { browser, settled } from './chromium.mjs';

const { values: given } = parseArgs({ options: {
  url: { type: 'string' }, center: { type: 'string' }, zoom: { type: 'string', default: '13' }, out: { type: 'string' }, size: { type: 'string', default: '1920x1080' },
  lang: { type: 'string', default: 'zh-CN' }, on: { type: 'string' }, off: { type: 'string' }, open: { type: 'string' }, bare: { type: 'boolean' }, hash: { type: 'string' },
} });
if (!given.url || !given.out) {
  console.error('give --url and --out, for example: node e2e/shot.mjs --url http://127.0.0.1:8080/ --center 105.72,34.58 --zoom 13 --out out/city.png');
  process.exit(2);
}

const [width, height] = given.size.split('x').map(Number);
const view = [given.center && `at=${given.center},${given.zoom}`, given.on && `on=${given.on}`, given.off && `off=${given.off}`, given.open && `open=${given.open}`, given.hash].filter(Boolean).join('&');
const url = new URL(given.url);
url.searchParams.set('lang', given.lang);
url.hash = view;

const { page, log, away, close } = await browser({ width, height });
try {
  if (given.bare) await page.addInitScript(() => localStorage.setItem('wardmap.layers.open', 'no'));
  await page.goto(url.href);
  await settled(page);
  mkdirSync(dirname(given.out), { recursive: true });
  await page.screenshot({ path: given.out });
  console.log(given.out, ...log, ...away.map((one) => `left the machine: ${one}`));
} finally {
  await close();
}
