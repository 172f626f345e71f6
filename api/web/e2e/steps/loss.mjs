// The server goes and comes back.

import assert from 'node:assert/strict';
import { settled, until } from '../chromium.mjs';
import { CITY } from '../rig.mjs';
import { ask } from '../server.mjs';

export default {
  'the server is killed: the state says so and the map does not go blank': async ({ server, page, shoot, open }) => {
    await open(`at=${CITY.lon},${CITY.lat},15.5,0,45`); // in 3D: the hardest case
    const before = await page.evaluate(() => globalThis.wardmap.map.queryRenderedFeatures().length);
    await server.kill();
    await until('reconnecting', () => page.locator('#connection[data-state=reconnecting]').count());
    await page.evaluate(() => globalThis.wardmap.everything());
    await page.waitForTimeout(3000);
    const after = await page.evaluate(() => globalThis.wardmap.map.queryRenderedFeatures().length);
    assert.ok(after >= before * 0.9, `${before} features before, ${after} after`);
    await until('offline', () => page.locator('#connection[data-state=offline]').count(), 30_000);
    assert.ok(await page.locator('#strip').isVisible());
    await until('no unit looks as if its place were known', () => page.evaluate(() => globalThis.wardwatch.overlay.drawn.every((one) => one.stale)));
    await shoot('offline-zh.png');
  },

  'the server is back on the same port and data: the wall reconnects and refreshes by itself': async ({ server, page, log, asked }) => {
    await server.start();
    const from = asked.length;
    await until('live', () => page.locator('#connection[data-state=live]').count(), 15_000);
    await until('tiles are fetched again', () => asked.slice(from).some((one) => one.url.includes('/tiles/')));
    await settled(page);
    const lost = log.filter((line) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|Failed to fetch|TilesRenderer : Failed to load/.test(line));
    assert.deepEqual(lost, [], 'nothing but refused connections');
    assert.ok((await page.evaluate(() => globalThis.wardsolid.state?.bodies)) > 0, 'the bodies stand again');
    log.length = 0;
  },

  'an edit after the return appears, too': async ({ server, page, quiet, middle }) => {
    const camera = await middle('cameras');
    const url = `${server.url}collections/cameras/items/${camera.id}`, { etag } = await ask(url);
    await ask(url, { method: 'DELETE', headers: { 'If-Match': etag } });
    await until('it is gone', async () => page.evaluate((id) => !globalThis.wardmap.map.queryRenderedFeatures().some((f) => f.sourceLayer === 'cameras' && String(f.properties.id ?? f.id) === id), camera.id), 3000);
    quiet();
  },
};
