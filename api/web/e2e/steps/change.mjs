// What changes on the server shows on the open map, and costs no more than it must.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settled, until } from '../chromium.mjs';
import { CITY, onTile } from '../rig.mjs';
import { ask } from '../server.mjs';

export default {
  'an edit through the API appears by itself within 2 s, and only tiles of the changed places are fetched again': async ({ server, page, asked, open, quiet, middle, shows }) => {
    await open(`at=${CITY.lon},${CITY.lat},15`);
    const stop = await middle('cameras');
    const url = `${server.url}collections/cameras/items/${stop.id}`;
    const { etag, body } = await ask(url);
    const [lon, lat] = body.geometry.coordinates, to = [lon + 0.0011, lat + 0.0007];
    await page.evaluate((open) => (location.hash = open), `at=${CITY.lon},${CITY.lat},15&open=cameras/${stop.id}`);
    await page.locator('#card-title').waitFor();
    await settled(page);
    const from = asked.length, began = Date.now();
    await ask(url, { method: 'PATCH', headers: { 'Content-Type': 'application/merge-patch+json', 'If-Match': etag }, body: JSON.stringify({ geometry: { type: 'Point', coordinates: to }, properties: { name: '端到端摄像机' } }) });
    await until('the map shows it at its new place', () => page.evaluate(({ to, id }) => {
      const map = globalThis.wardmap.map, p = map.project(to);
      return map.queryRenderedFeatures([[p.x - 4, p.y - 4], [p.x + 4, p.y + 4]]).some((f) => f.sourceLayer === 'cameras' && String(f.properties.id ?? f.id) === id);
    }, { to, id: stop.id }), 5000);
    const took = Date.now() - began;
    assert.ok(took <= 2000, `it took ${took} ms`);
    await until('the open card is true again', async () => (await page.locator('#card-title').textContent()) === '端到端摄像机');
    await page.waitForTimeout(1500);
    const tiles = asked.slice(from).map((one) => /\/tiles\/([^/]+)\/(\d+)\/(\d+)\/(\d+)\.mvt/.exec(one.url)).filter(Boolean);
    assert.ok(tiles.length > 0, 'tiles were fetched again');
    for (const [path, layers, z, x, y] of tiles) {
      assert.ok(layers.split(',').includes('cameras'), `${path} has no cameras`);
      assert.ok([[lon, lat], to].some((p) => onTile(p, +z, +x, +y)), `${path} shows neither place`);
    }
    console.log(`edit on the open map after ${took} ms, ${tiles.length} tiles fetched again`);
    quiet();
  },

  'a burst of edits costs at most four fetches a second of a tile, and the last one shows': async ({ asked, open, quiet, middle, rename, shows }) => {
    await open(`at=${CITY.lon},${CITY.lat},15`);
    const { id } = await middle('cameras');
    const from = asked.length, began = Date.now();
    for (let i = 0; i <= 60; i++) await rename(id, `连发${i}`);
    await until('the last name', () => shows('cameras', id, '连发60'), 3000);
    const seconds = (Date.now() - began) / 1000, times = new Map();
    for (const { url } of asked.slice(from)) if (url.includes('/tiles/')) times.set(url, (times.get(url) ?? 0) + 1);
    assert.ok(times.size > 0 && Math.max(...times.values()) <= 4 * seconds + 2, `${[...times.values()]} fetches in ${seconds} s`);
    console.log(`61 edits in ${seconds.toFixed(1)} s: ${[...times.values()]} fetches of ${times.size} tiles`);
    quiet();
  },

  'an edit out of sight fetches nothing, and shows when the view comes back to it': async ({ page, asked, quiet, middle, rename, shows }) => {
    const { id } = await middle('cameras');
    await page.evaluate(() => globalThis.wardmap.map.jumpTo({ center: [105.9, 34.57] }));
    await settled(page);
    const from = asked.length;
    await rename(id, '视野之外');
    await page.waitForTimeout(1500);
    assert.deepEqual(asked.slice(from).filter(({ url }) => url.includes('/tiles/')), [], 'no tile was fetched');
    await page.evaluate(([lon, lat]) => globalThis.wardmap.map.jumpTo({ center: [lon, lat] }), [CITY.lon, CITY.lat]);
    await until('the new name', () => shows('cameras', id, '视野之外'), 5000);
    quiet();
  },

  'a file imported while the server runs appears by itself': async ({ server, page, open, shoot, quiet }) => {
    const file = join(server.data, 'import.geojson');
    const features = Array.from({ length: 9 }, (_, i) => ({ type: 'Feature', id: `e2e-${i}`, geometry: { type: 'Point', coordinates: [CITY.lon + (i % 3) * 0.0012, CITY.lat + Math.floor(i / 3) * 0.0009] }, properties: { name: `导入医院${i}` } }));
    writeFileSync(file, JSON.stringify({ type: 'FeatureCollection', features }));
    await page.keyboard.press('Escape');
    await open(`at=${CITY.lon + 0.0012},${CITY.lat + 0.0009},16`);
    await server.run('import', file, '--layer', 'hospitals');
    const began = Date.now();
    await until('nine hospitals', () => page.evaluate(() => new Set(globalThis.wardmap.map.queryRenderedFeatures().filter((f) => f.sourceLayer === 'hospitals' && String(f.properties.name).startsWith('导入医院')).map((f) => f.properties.name)).size === 9), 10_000);
    console.log(`import on the open map ${Date.now() - began} ms after the command ended`);
    await settled(page);
    await shoot('street-zh.png');
    quiet();
  },

  'a definition added while the server runs appears in the tree and on the map by itself': async ({ server, page, quiet }) => {
    mkdirSync(join(server.data, 'catalogue'), { recursive: true });
    writeFileSync(join(server.data, 'catalogue', 'trial.yaml'), `group: trial
title: {zh-CN: 试验, en: Trial}
order: 90
layers:
  - id: trial_points
    title: {zh-CN: 试验点, en: Trial points}
    geometry: point
    label: name
    minzoom: 8
    maxzoom: 16
    properties:
      - {name: name, title: {zh-CN: 名称, en: Name}, type: text, tile: true}
    style:
      - {name: dot, type: circle, paint: {circle-radius: 12, circle-color: "#ff00ff"}}
`);
    await until('the tree has it', () => page.locator('[data-layer=trial_points]').count(), 10_000);
    const at = await page.evaluate(() => globalThis.wardmap.map.getCenter().toArray());
    await ask(`${server.url}collections/trial_points/items`, { method: 'POST', headers: { 'Content-Type': 'application/geo+json' }, body: JSON.stringify({ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: { name: '试验' } }) });
    await until('the map shows its first feature', () => page.evaluate(() => globalThis.wardmap.map.queryRenderedFeatures().some((f) => f.sourceLayer === 'trial_points')), 5000);
    quiet();
  },
};
