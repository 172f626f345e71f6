// The walk through the wall in a real browser, against the real binary with the demo city. Every step is a
// sentence; the first that does not hold ends the walk. Screenshots land in out/.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { browser, settled, until } from './chromium.mjs';
import { ask, Server } from './server.mjs';

const OUT = fileURLToPath(new URL('../out/', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CITY = { lon: 105.7245, lat: 34.5815 }; // an ordinary quarter of the demo city
const BUFFER = 64 / 4096;

mkdirSync(OUT, { recursive: true });
const server = new Server(), steps = [];
await server.start();
const web = await browser({ width: 1920, height: 1080 });
const { page, log, away, asked } = web;
let failed = null;
try {
  await walk();
} catch (err) {
  failed = err;
  await page.screenshot({ path: join(OUT, 'failed.png') }).catch(() => undefined);
} finally {
  await web.close();
  await server.end();
}
for (const [name, ms] of steps) console.log(`ok  ${name}  (${ms} ms)`);
if (failed) {
  console.error(failed, '\nbrowser said:', log, '\nserver said:', server.said.slice(-2000));
  process.exit(1);
}

async function step(name, act) {
  const began = Date.now();
  try {
    await act();
  } catch (err) {
    throw new Error(`FAILED: ${name}: ${err.message}`, { cause: err });
  }
  steps.push([name, Date.now() - began]);
}

async function walk() {
  const shoot = (name) => page.screenshot({ path: join(OUT, name) });
  const open = async (hash, lang = 'zh-CN') => {
    await page.goto('about:blank');
    await page.goto(`${server.url}?lang=${lang}#${hash}`);
    await settled(page);
  };
  const view = (zoom) => `at=${CITY.lon},${CITY.lat},${zoom}`;
  const quiet = () => {
    assert.deepEqual(log, [], 'the console is silent');
    assert.deepEqual(away, [], 'no request leaves the machine');
  };

  await step('the wall paints the demo city and draws features of several layers', async () => {
    const began = Date.now();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.wardmap?.map.queryRenderedFeatures().length > 100, null, { timeout: 60_000 });
    console.log(`first features after ${Date.now() - began} ms`);
    await settled(page);
    const layers = await page.evaluate(() => [...new Set(globalThis.wardmap.map.queryRenderedFeatures().map((f) => f.sourceLayer).filter(Boolean))]);
    for (const layer of ['roads', 'beats', 'districts', 'police_stations']) assert.ok(layers.includes(layer), `${layer} is drawn; drawn are ${layers}`);
    await until('live', () => page.locator('#connection[data-state=live]').count());
    await shoot('city-zh.png');
    if (process.env.WARDMAP_UPDATE_SCREENSHOT === '1') {
      mkdirSync(join(ROOT, 'docs'), { recursive: true });
      copyFileSync(join(OUT, 'city-zh.png'), join(ROOT, 'docs', 'wall.png'));
    }
    quiet();
  });

  await step('Chinese labels are drawn with the wall’s own font', async () => {
    const fonts = asked.filter((one) => one.url.endsWith('.woff2')).length;
    assert.ok(fonts > 5, `${fonts} font files were fetched`);
    const drawn = await page.evaluate(() => [...document.fonts].filter((f) => f.family.includes('maplibre-gl-font-face') && f.status === 'loaded').length);
    assert.ok(drawn > 5, `${drawn} font files draw the map`);
  });

  await step('a layer’s switch hides and shows it, the group’s switch all of the group, and the address keeps it', async () => {
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
  });

  await step('tiles of a group whose layers are all hidden are not fetched', async () => {
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
  });

  await step('search finds a school by its Chinese name, with the keyboard alone', async () => {
    await page.locator('.maplibregl-canvas').focus();
    await page.keyboard.press('/');
    await page.keyboard.type('天水市第一中学');
    await page.locator('.found').first().waitFor();
    const rows = page.locator('.found');
    const at = (await rows.allTextContents()).findIndex((text) => text.includes('学校'));
    assert.ok(at >= 0, `a school is among ${await rows.allTextContents()}`);
    await until('the district is named', async () => /[区县]/.test((await rows.nth(at).textContent()) ?? ''));
    await shoot('search-zh.png');
    for (let i = 0; i < at; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('#card-title').waitFor();
    await until('its card', async () => (await page.locator('#card-title').textContent()) === '天水市第一中学');
    await page.locator('#card-fly').waitFor();
    await settled(page);
    await page.waitForTimeout(1500); // labels fade in
    await shoot('card-zh.png');
    quiet();
  });

  await step('Escape closes the card, a click on the map opens the one of what lies there', async () => {
    await page.keyboard.press('Escape');
    await until('closed', async () => !(await page.locator('#card').isVisible()));
    const school = (await ask(`${server.url}search?q=${encodeURIComponent('天水市第一中学')}`)).body.features.find((f) => f.properties.layer === 'schools');
    const [lon, lat] = school.geometry.coordinates;
    await page.evaluate((at) => globalThis.wardmap.map.jumpTo({ center: at, zoom: 17 }), [lon, lat]);
    await settled(page);
    const place = await page.evaluate((at) => {
      const p = globalThis.wardmap.map.project(at), r = globalThis.wardmap.map.getContainer().getBoundingClientRect();
      return { x: p.x + r.left, y: p.y + r.top };
    }, [lon, lat]);
    await page.mouse.move(place.x, place.y);
    await until('the pointer lights something', () => page.evaluate(() => globalThis.wardmap.map.querySourceFeatures('wall-hover').length > 0));
    await page.mouse.click(place.x, place.y);
    await page.locator('#card').waitFor();
    if (await page.locator('.choice').count()) {
      await shoot('choose-zh.png');
      await page.locator('.choice', { hasText: '学校' }).first().click();
    }
    await until('the card', async () => (await page.locator('#card-title').textContent()) === '天水市第一中学');
    const text = await page.locator('#card').textContent();
    for (const part of ['类型', '中学', '责任单位', '版本']) assert.ok(text?.includes(part), `${part} stands on the card: ${text}`);
    quiet();
  });

  await step('an edit through the API appears by itself within 2 s, and only tiles of the changed places are fetched again', async () => {
    await open(`at=${CITY.lon},${CITY.lat},15`);
    const stop = await middle(page, 'cameras');
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
  });

  await step('a file imported while the server runs appears by itself', async () => {
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
  });

  await step('the server is killed: the state says so and the map does not go blank', async () => {
    const before = await page.evaluate(() => globalThis.wardmap.map.queryRenderedFeatures().length);
    await server.kill();
    await until('reconnecting', () => page.locator('#connection[data-state=reconnecting]').count());
    await page.evaluate(() => globalThis.wardmap.everything());
    await page.waitForTimeout(3000);
    const after = await page.evaluate(() => globalThis.wardmap.map.queryRenderedFeatures().length);
    assert.ok(after >= before * 0.9, `${before} features before, ${after} after`);
    await until('offline', () => page.locator('#connection[data-state=offline]').count(), 30_000);
    assert.ok(await page.locator('#strip').isVisible());
    await shoot('offline-zh.png');
  });

  await step('the server is back on the same port and data: the wall reconnects and refreshes by itself', async () => {
    await server.start();
    const from = asked.length;
    await until('live', () => page.locator('#connection[data-state=live]').count(), 15_000);
    await until('tiles are fetched again', () => asked.slice(from).some((one) => one.url.includes('/tiles/')));
    await settled(page);
    const lost = log.filter((line) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|Failed to fetch/.test(line));
    assert.deepEqual(lost, [], 'nothing but refused connections');
    log.length = 0;
  });

  await step('an edit after the return appears, too', async () => {
    const camera = await middle(page, 'cameras');
    const url = `${server.url}collections/cameras/items/${camera.id}`, { etag } = await ask(url);
    await ask(url, { method: 'DELETE', headers: { 'If-Match': etag } });
    await until('it is gone', async () => page.evaluate((id) => !globalThis.wardmap.map.queryRenderedFeatures().some((f) => f.sourceLayer === 'cameras' && String(f.properties.id ?? f.id) === id), camera.id), 3000);
    quiet();
  });

  await step('English: every text of the page changes', async () => {
    await page.locator('#language').click();
    await until('English', async () => (await page.locator('#layers-title').textContent()) === 'Layers');
    await open(view(12), 'en');
    await shoot('city-en.png');
    await open(view(16.2), 'en');
    await shoot('street-en.png');
    const chinese = await page.evaluate(() => {
      const shown = [...document.querySelectorAll('#bar, #layers, #corner')].map((part) => {
        const copy = part.cloneNode(true);
        copy.querySelectorAll('.swatch, #language').forEach((one) => one.remove()); // signs of the map, and the way back
        return copy.textContent;
      });
      return /\p{Script=Han}+/u.exec(shown.join(' '))?.[0] ?? '';
    });
    assert.equal(chinese, '');
    quiet();
  });

  await step('the page is accessible by the rules of axe: with the tree, a card, a list, results', async () => {
    await open(`${view(16)}&open=schools/6`, 'en');
    await page.locator('#card-fly').waitFor();
    await accessible('card');
    await page.locator('.more[aria-expanded]').first().click();
    await page.locator('#search-input').fill('Middle School');
    await page.locator('.found').first().waitFor();
    await accessible('results and legend');
    await page.keyboard.press('Escape');
  });

  await step('the map is used by the keyboard alone', async () => {
    await open(view(17));
    await page.locator('.maplibregl-canvas').focus();
    const center = () => page.evaluate(() => globalThis.wardmap.map.getCenter().lng);
    const before = await center();
    await page.keyboard.press('ArrowRight');
    await until('the map moved', async () => (await center()) > before);
    await settled(page);
    await page.keyboard.press('Enter');
    await page.locator('#card').waitFor();
    await page.keyboard.press('Escape');
    quiet();
  });

  await step('other sizes: laptop, telephone, wide wall', async () => {
    for (const [width, height, name] of [[1280, 800, 'laptop'], [360, 640, 'telephone'], [3840, 1080, 'wide']]) {
      await page.setViewportSize({ width, height });
      await open(`${view(width < 500 ? 15 : 14)}&open=schools/6`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight);
      assert.ok(!over, `nothing sticks out at ${width}×${height}`);
      await shoot(`${name}-zh.png`);
      if (name !== 'telephone') continue;
      await page.locator('#layers-button').click();
      await page.locator('#layers').waitFor();
      await shoot('telephone-layers-zh.png');
    }
    quiet();
  });
}

async function accessible(what) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const told = violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(', ')}`);
  assert.deepEqual(told, [], `accessible: ${what}`);
}

/** The id of a feature of the layer near the middle of the map, clear of the panels. */
async function middle(page, layer) {
  const found = await page.evaluate((id) => {
    const map = globalThis.wardmap.map, { clientWidth: w, clientHeight: h } = map.getContainer();
    const all = map.queryRenderedFeatures([[w * 0.35, h * 0.25], [w * 0.7, h * 0.75]]).filter((f) => f.sourceLayer === id && f.geometry.type === 'Point');
    return all[0] && { id: String(all[0].properties.id ?? all[0].id) };
  }, layer);
  assert.ok(found, `${layer} are drawn in the middle`);
  return found;
}

function onTile([lon, lat], z, x, y) {
  const n = 2 ** z, s = Math.sin((lat * Math.PI) / 180);
  const u = (lon / 360 + 0.5) * n - x, v = (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * n - y;
  return [u, v].every((c) => c >= -BUFFER && c <= 1 + BUFFER);
}
