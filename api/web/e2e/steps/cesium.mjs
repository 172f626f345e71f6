// CesiumJS, a client of 3D Tiles that shares no code with the wall's: it draws the same scenes, with the same ids, and
// picks what the features API has there. It is served to the test alone, under an address of the server that is not one.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { settled } from '../chromium.mjs';
import { ask } from '../server.mjs';

const SPOT = { lon: 105.7446, lat: 34.5773 }; // a crossing with cameras
const SIZE = { width: 900, height: 640 }, HERE = '__cesium/', REACH = 0.0012; // degrees around the middle
const TYPES = { js: 'text/javascript', css: 'text/css', json: 'application/json', wasm: 'application/wasm', html: 'text/html' };

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><style>body { margin: 0 } #globe, .cesium-widget, canvas { width: 100vw; height: 100vh; display: block } .cesium-widget-credits { display: none }</style><div id="globe"></div>
<script>window.CESIUM_BASE_URL='/${HERE}';</script><script src="/${HERE}Cesium.js"></script>`;

/** Opens a page with an empty globe that looks straight down on the middle of the city. */
async function globe(context, url) {
  const folder = join(dirname(createRequire(import.meta.url).resolve('cesium/package.json')), 'Build/Cesium');
  const page = await context.newPage(), said = [];
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !/GPU stall|GL Driver/.test(m.text()) && said.push(m.text()));
  page.on('pageerror', (err) => said.push(String(err)));
  await page.setViewportSize(SIZE);
  await page.route(`${url}${HERE}**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(HERE.length + 1);
    if (!name) return route.fulfill({ body: PAGE, contentType: TYPES.html });
    return route.fulfill({ body: readFileSync(join(folder, name)), contentType: TYPES[name.split('.').pop()] ?? 'application/octet-stream' });
  });
  await page.goto(`${url}${HERE}`);
  await page.evaluate(({ lon, lat }) => {
    const { Cesium } = globalThis;
    const viewer = new Cesium.CesiumWidget('globe', { baseLayer: false, skyBox: false, skyAtmosphere: false, shouldAnimate: false, scene3DOnly: true, contextOptions: { webgl: { preserveDrawingBuffer: true } } });
    Object.assign(viewer.scene, { backgroundColor: Cesium.Color.fromCssColorString('#0b121c') });
    viewer.scene.globe.show = false;
    viewer.camera.setView({ destination: Cesium.Cartesian3.fromDegrees(lon, lat, 420), orientation: { heading: 0, pitch: -Math.PI / 2, roll: 0 } });
    globalThis.viewer = viewer;
  }, SPOT);
  return { page, said };
}

/** Loads a scene until nothing more is to come, and tells of all features that are loaded. */
const load = (page, address) => page.evaluate(async (at) => {
  const { Cesium, viewer } = globalThis, failed = [];
  if (globalThis.tileset) viewer.scene.primitives.remove(globalThis.tileset);
  const tileset = (globalThis.tileset = await Cesium.Cesium3DTileset.fromUrl(at, { maximumScreenSpaceError: 0.5, skipLevelOfDetail: false }));
  tileset.tileFailed.addEventListener((e) => failed.push(`${e.url}: ${e.message}`));
  const whole = new Promise((done, fail) => {
    tileset.initialTilesLoaded.addEventListener(done);
    setTimeout(() => fail(new Error('it is not whole after 60 s')), 60_000);
  });
  viewer.scene.primitives.add(tileset);
  await whole;
  const features = [], visit = (tile) => {
    const { content } = tile;
    for (let i = 0; tile.contentReady && i < (content?.featuresLength ?? 0); i++) {
      const one = content.getFeature(i);
      features.push({ id: one.getProperty('id'), height: one.getProperty('height'), status: one.getProperty('status') });
    }
    for (const child of tile.children) visit(child);
  };
  visit(tileset.root);
  return { features, failed, version: Cesium.VERSION };
}, address);

/** What the features API has around the middle. */
async function truth(server, layer) {
  const box = [SPOT.lon - REACH, SPOT.lat - REACH, SPOT.lon + REACH, SPOT.lat + REACH].join(',');
  return (await ask(`${server.url}collections/${layer}/items?bbox=${box}&limit=1000`)).body.features;
}

function same(loaded, want, what) {
  const ids = loaded.map((one) => one.id), known = new Set(ids);
  assert.equal(known.size, ids.length, `${what}: no feature is loaded twice`);
  assert.deepEqual(want.filter((f) => !known.has(String(f.id))).map((f) => f.id), [], `${what}: all features are there`);
}

let client = null;

export default {
  'CesiumJS loads the buildings of the city, each once, with the ids of the features API': async ({ context, server }) => {
    client = await globe(context, server.url);
    const want = await truth(server, 'buildings');
    assert.ok(want.length >= 30, `${want.length} buildings`);
    for (const kind of ['', 'plain/']) {
      const { features, failed, version } = await load(client.page, `${server.url}scenes/buildings/${kind}tileset.json`);
      assert.deepEqual(failed, [], 'no tile fails');
      same(features, want, `Cesium ${version}`);
      const heights = new Map(features.map((one) => [one.id, one.height]));
      for (const f of want) assert.equal(heights.get(String(f.id)), f.properties.height, `height of ${f.id}`);
    }
  },

  'the wall has loaded the same': async ({ server, page, open }) => {
    await page.setViewportSize(SIZE);
    await open(`at=${SPOT.lon},${SPOT.lat},17.6,0,30`);
    const loaded = await page.evaluate(() => [...globalThis.wardsolid.scenes.layers.get('buildings').now.blocks.values()].flat().flatMap((of) => of.ids.map((id) => ({ id }))));
    same(loaded, await truth(server, 'buildings'), 'the wall');
  },

  'a pick in CesiumJS is the building that the features API has there, as a pick on the wall is': async ({ server, page }) => {
    await load(client.page, `${server.url}scenes/buildings/tileset.json`);
    const spots = (await truth(server, 'buildings')).filter((f) => f.geometry.type === 'Polygon' && f.geometry.coordinates.length === 1 && f.geometry.coordinates[0].length === 5 && f.properties.height >= 6)
      .map((f) => ({ id: String(f.id), height: f.properties.height, at: [0, 1].map((axis) => f.geometry.coordinates[0].slice(0, 4).reduce((n, p) => n + p[axis] / 4, 0)) })).slice(0, 24);
    assert.ok(spots.length >= 8, `${spots.length} buildings`);
    const picked = await client.page.evaluate((all) => {
      const { Cesium, viewer } = globalThis;
      return all.map(({ at, height }) => {
        const spot = Cesium.SceneTransforms.worldToWindowCoordinates(viewer.scene, Cesium.Cartesian3.fromDegrees(at[0], at[1], height)), got = viewer.scene.pick(spot);
        return got?.getProperty && { id: got.getProperty('id'), height: got.getProperty('height') };
      });
    }, spots);
    for (const [i, one] of spots.entries()) assert.deepEqual(picked[i], { id: one.id, height: one.height }, `Cesium at the middle of ${one.id}`);
    const walls = await page.evaluate((all) => all.map(({ at }) => {
      const p = globalThis.wardmap.map.project(at);
      return globalThis.wardsolid.at({ x: p.x, y: p.y }).find((hit) => hit.layer === 'buildings')?.id;
    }), spots);
    const agree = spots.filter((one, i) => walls[i] === one.id).length;
    assert.ok(agree >= spots.length * 0.6, `the wall picks ${agree} of ${spots.length} at their foot: it looks from the side`);
  },

  'CesiumJS draws cameras as instances, each with its id and its state': async ({ server }) => {
    const want = await truth(server, 'cameras');
    assert.ok(want.length >= 3, `${want.length} cameras`);
    const { features, failed } = await load(client.page, `${server.url}scenes/cameras/tileset.json`);
    assert.deepEqual(failed, []);
    same(features, want, 'cameras');
    const states = new Map(features.map((one) => [one.id, one.status]));
    for (const f of want) assert.equal(states.get(String(f.id)), f.properties.status, `state of camera ${f.id}`);
  },

  'it shows the city, and says nothing': async ({ server, page }) => {
    await load(client.page, `${server.url}scenes/buildings/tileset.json`);
    await client.page.evaluate(({ lon, lat }) => {
      const { Cesium, viewer } = globalThis;
      viewer.camera.setView({ destination: Cesium.Cartesian3.fromDegrees(lon, lat - 0.006, 420), orientation: { heading: 0, pitch: -0.62, roll: 0 } });
      return new Promise((done) => globalThis.tileset.allTilesLoaded.addEventListener(done));
    }, SPOT);
    await client.page.screenshot({ path: new URL('../../out/cesium.png', import.meta.url).pathname });
    assert.deepEqual(client.said, []);
    await client.page.close();
    await page.setViewportSize({ width: 1920, height: 1080 });
    await settled(page);
  },
};
