// What the wall shows when it opens, and its switches.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { settled, until } from '../chromium.mjs';
import { OUT, ROOT } from '../rig.mjs';

export default {
  'the wall paints the demo city and draws features of several layers': async ({ server, page, shoot, quiet }) => {
    const began = Date.now();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.wardmap?.map.queryRenderedFeatures().length > 100, null, { timeout: 60_000 });
    console.log(`first features after ${Date.now() - began} ms`);
    await settled(page);
    const layers = await page.evaluate(() => [...new Set(globalThis.wardmap.map.queryRenderedFeatures().map((f) => f.sourceLayer).filter(Boolean))]);
    for (const layer of ['roads', 'beats', 'districts', 'police_stations']) assert.ok(layers.includes(layer), `${layer} is drawn; drawn are ${layers}`);
    await until('live', () => page.locator('#connection[data-state=live]').count());
    await shoot('city-zh.png');
    quiet();
  },

  'the README’s screenshot': async ({ page, open, shoot, quiet }) => {
    await open('at=105.72900,34.57930,13.9');
    await page.waitForTimeout(1500); // labels fade in
    await shoot('wall.png');
    if (process.env.WARDMAP_UPDATE_SCREENSHOT === '1') {
      mkdirSync(join(ROOT, 'docs'), { recursive: true });
      copyFileSync(join(OUT, 'wall.png'), join(ROOT, 'docs', 'wall.png'));
    }
    quiet();
  },

  'Chinese labels are drawn with the wall’s own font': async ({ page, asked }) => {
    const fonts = asked.filter((one) => one.url.endsWith('.woff2')).length;
    assert.ok(fonts > 5, `${fonts} font files were fetched`);
    const drawn = await page.evaluate(() => [...document.fonts].filter((f) => f.family.includes('maplibre-gl-font-face') && f.status === 'loaded').length);
    assert.ok(drawn > 5, `${drawn} font files draw the map`);
  },

  'a layer’s switch hides and shows it, the group’s switch all of the group, and the address keeps it': async ({ page, open, view, quiet }) => {
    await open(view(14.5));
    const count = (layer) => page.evaluate((id) => globalThis.wardmap.map.queryRenderedFeatures().filter((f) => f.sourceLayer === id).length, layer);
    assert.ok(await count('beats') > 0);
    await page.locator('#switch-beats').click();
    await until('beats are gone', async () => (await count('beats')) === 0);
    assert.equal(await page.locator('#switch-group-patrol').getAttribute('data-state'), 'mixed');
    await until('the address says so', () => page.evaluate(() => location.hash.includes('off=beats')));
    await page.reload();
    await settled(page);
    assert.equal(await count('beats'), 0, 'a shared address hides it, too');
    await page.locator('#switch-group-patrol').click();
    await until('beats are back', async () => (await count('beats')) > 0);
    quiet();
  },

  'tiles of a group whose layers are all hidden are not fetched': async ({ page, asked }) => {
    await page.locator('#switch-group-dogs').click();
    if ((await page.locator('#switch-group-dogs').getAttribute('data-state')) !== 'off') await page.locator('#switch-group-dogs').click();
    assert.equal(await page.locator('#switch-group-dogs').getAttribute('data-state'), 'off');
    await page.waitForTimeout(400);
    const from = asked.length;
    await page.evaluate(() => globalThis.wardmap.map.jumpTo({ center: [105.9, 34.565], zoom: 15 }));
    await settled(page);
    const tiles = asked.slice(from).filter((one) => one.url.includes('/tiles/'));
    assert.ok(tiles.length > 0);
    assert.ok(!tiles.some((one) => one.url.includes('no_dog_zones')), 'dog tiles were asked for');
    await page.locator('#layers-reset').click();
  },
};
