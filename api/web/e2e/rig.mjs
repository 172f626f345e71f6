// What every step of the walk works with: the running server, the page, and words for what is done again and again.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browser, settled } from './chromium.mjs';
import { ask, Server } from './server.mjs';

export const OUT = fileURLToPath(new URL('../out/', import.meta.url));
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The middle of an ordinary quarter of the demo city. */
export const CITY = { lon: 105.7245, lat: 34.5815 };

const BUFFER = 64 / 4096;

/** Starts server and browser. */
export async function rig() {
  mkdirSync(OUT, { recursive: true });
  const server = new Server();
  await server.start();
  const web = await browser({ width: 1920, height: 1080 });
  return { ...web, server, ...words(server, web), end: async () => { await web.close(); await server.end(); } };
}

function words(server, { page, log, away }) {
  const camera = (id) => `${server.url}collections/cameras/items/${id}`;
  return {
    view: (zoom) => `at=${CITY.lon},${CITY.lat},${zoom}`,
    shoot: (name) => page.screenshot({ path: join(OUT, name) }),
    open: async (hash, lang = 'zh-CN') => {
      await page.goto('about:blank');
      await page.goto(`${server.url}?lang=${lang}#${hash}`);
      await settled(page);
    },
    quiet: () => {
      assert.deepEqual(log, [], 'the console is silent');
      assert.deepEqual(away, [], 'no request leaves the machine');
    },
    middle: (layer) => middle(page, layer),
    rename: (id, name) => ask(camera(id), { method: 'PATCH', headers: { 'Content-Type': 'application/merge-patch+json' }, body: JSON.stringify({ properties: { name } }) }),
    shows: (layer, id, name) => page.evaluate((want) => globalThis.wardmap.map.queryRenderedFeatures()
      .some((f) => f.sourceLayer === want.layer && String(f.properties.id ?? f.id) === want.id && (want.name === undefined || f.properties.name === want.name)), { layer, id, name }),
    accessible: (what) => accessible(page, what),
  };
}

/** A point feature of the layer near the middle of the map, clear of the panels. */
async function middle(page, layer) {
  const found = await page.evaluate((id) => {
    const map = globalThis.wardmap.map, { clientWidth: w, clientHeight: h } = map.getContainer();
    const all = map.queryRenderedFeatures([[w * 0.35, h * 0.25], [w * 0.7, h * 0.75]]).filter((f) => f.sourceLayer === id && f.geometry.type === 'Point');
    return all[0] && { id: String(all[0].properties.id ?? all[0].id) };
  }, layer);
  assert.ok(found, `${layer} are drawn in the middle`);
  return found;
}

async function accessible(page, what) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const told = violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(', ')}`);
  assert.deepEqual(told, [], `accessible: ${what}`);
}

/** Tells whether a place shows on a tile or in its buffer. */
export function onTile([lon, lat], z, x, y) {
  const n = 2 ** z, s = Math.sin((lat * Math.PI) / 180);
  const u = (lon / 360 + 0.5) * n - x, v = (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * n - y;
  return [u, v].every((c) => c >= -BUFFER && c <= 1 + BUFFER);
}
