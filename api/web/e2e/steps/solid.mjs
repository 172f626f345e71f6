// 3D: bodies on the pitched map, one selection in 2D and 3D, light, edits.

import assert from 'node:assert/strict';
import { settled, until } from '../chromium.mjs';
import { CITY } from '../rig.mjs';
import { ask } from '../server.mjs';

const solid = (page) => page.evaluate(() => globalThis.wardsolid.state);
const hit = (page, at) => page.evaluate(([x, y]) => globalThis.wardsolid.at({ x, y }).find((one) => one.layer === 'buildings') ?? null, at);

/** The buildings around the middle, with the place of their middle on the screen. */
async function around(server, page) {
  const d = 0.002, box = [CITY.lon - d, CITY.lat - d, CITY.lon + d, CITY.lat + d].join(',');
  const { features } = (await ask(`${server.url}collections/buildings/items?bbox=${box}&limit=200`)).body;
  const places = features.filter((f) => f.geometry.type === 'Polygon' && f.geometry.coordinates.length === 1 && f.geometry.coordinates[0].length === 5)
    .map((f) => ({ id: String(f.id), height: f.properties.height, at: [0, 1].map((axis) => f.geometry.coordinates[0].slice(0, 4).reduce((n, p) => n + p[axis] / 4, 0)) }));
  return page.evaluate((all) => all.map((one) => {
    const p = globalThis.wardmap.map.project(one.at);
    return { ...one, at: [p.x, p.y] };
  }), places);
}

/** Software draws 3D slowly: a smaller window. */
const SMALL = { width: 1440, height: 810 }, USUAL = { width: 1920, height: 1080 };
const clear = ({ at: [x, y] }) => x > 400 && x < 1000 && y > 80 && y < 640;

export default {
  'the flat map has nothing in 3D, and loads nothing for it': async ({ page, open, view, asked }) => {
    await page.setViewportSize(SMALL);
    const before = asked.length;
    await open(view(16));
    assert.equal(await solid(page), null);
    assert.ok(await page.locator('#solid-button').isVisible(), 'the button is there');
    assert.ok(!(await page.locator('#light-button').isVisible()), 'light is for 3D');
    assert.deepEqual(asked.slice(before).filter(({ url }) => /\.glb|tileset\.json|assets\/scenes/.test(url)), []);
  },

  'the button pitches the map, and buildings stand': async ({ page, shoot, quiet, accessible }) => {
    await page.locator('#solid-button').click();
    await until('it is pitched', () => page.evaluate(() => globalThis.wardmap.map.getPitch() >= 59), 30_000);
    await until('all is there', async () => (await solid(page))?.whole, 180_000);
    await settled(page);
    const { bodies } = await solid(page);
    assert.ok(bodies > 500, `${bodies} bodies`);
    assert.equal(await page.locator('#solid-button').getAttribute('aria-pressed'), 'true');
    await shoot('solid-night.png');
    await accessible('3D');
    quiet();
  },

  'a ray through a building meets it: the one that the features API has there': async ({ page, server, open }) => {
    await open(`at=${CITY.lon},${CITY.lat},17.5,0,25`);
    const all = (await around(server, page)).filter((one) => clear(one) && one.height >= 6);
    assert.ok(all.length >= 5, `${all.length} buildings in view`);
    const other = [];
    for (const one of all) {
      const got = await hit(page, one.at);
      if (got?.id !== one.id) other.push(`${one.id}: ${got?.id}`);
      else assert.equal(got.properties.height, one.height);
    }
    assert.ok(other.length <= all.length / 10, `of ${all.length} these are other buildings: ${other.join(', ')}`);
    assert.equal(await hit(page, [960, 540].map((v) => v * 100)), null, 'beside the map is nothing');
  },

  'a click on a building opens its card, and marks it in 2D and 3D': async ({ page, server, shoot, quiet }) => {
    const rect = await page.evaluate(() => globalThis.wardmap.map.getContainer().getBoundingClientRect().toJSON());
    const signs = await page.evaluate(() => globalThis.wardmap.map.queryRenderedFeatures().filter((f) => f.geometry.type === 'Point').map((f) => globalThis.wardmap.map.project(f.geometry.coordinates)).map((p) => [p.x, p.y]));
    const far = ({ at }) => signs.every((p) => Math.hypot(p[0] - at[0], p[1] - at[1]) > 60);
    let one = null;
    for (const tried of (await around(server, page)).filter((all) => clear(all) && far(all))) if ((await hit(page, tried.at))?.id === tried.id) one ??= tried;
    assert.ok(one, 'a building clear of signs');
    await page.mouse.move(one.at[0] + rect.left, one.at[1] + rect.top);
    await until('it is lit', async () => (await page.evaluate(() => globalThis.wardsolid.scenes.marks.hover?.id)) === one.id);
    await page.mouse.click(one.at[0] + rect.left, one.at[1] + rect.top);
    await until('its card', () => page.evaluate((id) => location.hash.includes(`open=buildings/${encodeURIComponent(id)}`), one.id));
    assert.equal(await page.evaluate(() => globalThis.wardsolid.scenes.marks.open?.id), one.id);
    await settled(page);
    await shoot('solid-picked.png');
    await page.keyboard.press('Escape');
    await until('closed', async () => (await page.evaluate(() => globalThis.wardsolid.scenes.marks.open)) === null);
    quiet();
  },

  'day and night are a button away': async ({ page, open, shoot }) => {
    await open(`at=${CITY.lon},${CITY.lat},16.2,-25,62`);
    await page.locator('#light-button').click();
    assert.match((await page.locator('#light-button').getAttribute('aria-label')) ?? '', /白天/);
    await settled(page);
    await shoot('solid-day.png');
    await page.locator('#light-button').click();
    assert.match((await page.locator('#light-button').getAttribute('aria-label')) ?? '', /夜间/);
    await open(`at=${CITY.lon},${CITY.lat},14,20,55`);
    await page.locator('#light-button').click();
    await settled(page);
    await shoot('solid-far.png');
  },

  'a camera shows the ground that it sees, without what lies behind buildings': async ({ page, server, open, shoot, quiet }) => {
    const d = 0.003, box = [CITY.lon - d, CITY.lat - d, CITY.lon + d, CITY.lat + d].join(',');
    const { features } = (await ask(`${server.url}collections/cameras/items?bbox=${box}&limit=100`)).body;
    const one = features.find((f) => f.properties.azimuth !== undefined && f.properties.view_angle && f.properties.view_distance >= 60);
    assert.ok(one, 'a camera that looks somewhere');
    const [lon, lat] = one.geometry.coordinates;
    await open(`at=${lon},${lat},17.6,0,50&open=cameras/${encodeURIComponent(one.id)}`);
    await page.locator('#card-viewshed').click();
    await until('it is said', async () => /视域内 \d+% 的地面可见/.test((await page.locator('#toast').textContent()) ?? ''));
    await until('it is drawn', () => page.evaluate(() => globalThis.wardmap.map.queryRenderedFeatures({ layers: ['wall-seen/fill'] }).length > 0));
    await settled(page);
    await shoot('sight-camera.png');
    await page.keyboard.press('Escape');
    await until('and goes with the card', () => page.evaluate(() => globalThis.wardmap.map.querySourceFeatures('wall-seen').length === 0));
    quiet();
  },

  'a protected place shows the buildings that overlook it': async ({ page, server, open, shoot, accessible, quiet }) => {
    const school = (await ask(`${server.url}search?q=${encodeURIComponent('天水市第一中学')}`)).body.features.find((f) => f.properties.layer === 'schools');
    const [lon, lat] = school.geometry.coordinates;
    await open(`at=${lon},${lat},16.6,-15,58&open=schools/${encodeURIComponent(school.properties.id ?? school.id)}`);
    await page.locator('#card-overlook').click();
    await until('it is said', async () => /有 [\d,]+ 栋建筑可俯瞰此处/.test((await page.locator('#toast').textContent()) ?? ''));
    await until('they are marked', () => page.evaluate(() => globalThis.wardsolid.scenes.named?.ids.size > 0));
    await settled(page);
    await shoot('sight-overlook.png');
    await accessible('lines of sight');
    await page.keyboard.press('Escape');
    await until('and no more', () => page.evaluate(() => globalThis.wardsolid.scenes.named === null));
    quiet();
  },

  'cameras stand there, and what they see is shown with the switch of their views': async ({ page, open, shoot, quiet }) => {
    await open('at=105.7443,34.5773,18.3,100,62');
    const drawn = () => page.evaluate(() => globalThis.wardsolid.scenes.visible().filter((of) => of.layer === 'cameras').map((of) => of.glass));
    const all = await drawn();
    assert.ok(all.includes(true) && all.includes(false), 'models and volumes');
    await shoot('solid-cameras.png');
    await page.locator('#switch-camera_views').click();
    await settled(page);
    assert.deepEqual([...new Set(await drawn())], [false], 'without their views, cameras stand there still');
    await page.locator('#switch-camera_views').click();
    await settled(page);
    quiet();
  },

  'floors stand for their building while they are shown, and each is picked by itself': async ({ page, server, open, shoot, quiet }) => {
    const { features } = (await ask(`${server.url}collections/floors/items?bbox=105.744,34.576,105.748,34.579&limit=200`)).body;
    const top = features.sort((a, b) => b.properties.high - a.properties.high)[0]; // the topmost floor of the highest building
    await open('at=105.7457628,34.577327,18.6,20,62');
    const at = () => page.evaluate(() => {
      const found = new Map();
      for (let x = 520; x < 1050; x += 22) for (let y = 110; y < 620; y += 9) for (const one of globalThis.wardsolid.at({ x, y })) if (!found.has(one.layer + one.id)) found.set(one.layer + one.id, one);
      return [...found.values()].map(({ layer, id, properties }) => ({ layer, id, building: properties.building, level: properties.level }));
    });
    assert.ok((await at()).some((one) => one.layer === 'buildings' && one.id === top.properties.building), 'the building stands there');
    await page.locator('#switch-floors').click();
    await settled(page);
    const now = await at(), floors = now.filter((one) => one.layer === 'floors' && one.building === top.properties.building);
    assert.ok(!now.some((one) => one.layer === 'buildings' && one.id === top.properties.building), 'the building is not drawn');
    assert.ok(floors.length >= 5 && floors.some((one) => one.id === String(top.id)), `${floors.length} floors are picked`);
    await shoot('solid-floors.png');
    await page.locator('#switch-floors').click();
    await settled(page);
    assert.ok((await at()).some((one) => one.layer === 'buildings' && one.id === top.properties.building), 'the building stands there again');
    quiet();
  },

  'what moves is a model from near, under its sign, and follows its fixes': async ({ page, server, open, shoot, quiet }) => {
    const roster = { c001: 0.0004, p001: 0.0008, b001: 0.0012, d001: 0.0016 };
    const report = async (far) => {
      const time = new Date().toISOString();
      const reports = Object.entries(roster).map(([device, east]) => ({ device, lon: CITY.lon + east, lat: CITY.lat - 0.0002 + far, course: 45, speed: 5, time }));
      const answer = (await ask(`${server.url}positions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(reports) })).body;
      assert.equal(answer.accepted, reports.length, JSON.stringify(answer));
    };
    await report(0);
    await open(`at=${CITY.lon + 0.001},${CITY.lat - 0.0002},18.3,20,58`);
    const place = () => page.evaluate(() => globalThis.wardsolid.scenes.fleet.meshes.get('c001')?.position.toArray());
    const models = () => page.evaluate(() => [...globalThis.wardsolid.scenes.fleet.meshes.keys()].sort());
    await until('they stand there', async () => {
      const all = await models();
      return Object.keys(roster).every((id) => all.includes(id));
    }, 60_000);
    await shoot('solid-models.png');
    const before = await place();
    await report(0.0001);
    await until('it drove 11 m to the north', async () => Math.abs((await place())[1] - before[1] - 11.1) < 0.3, 60_000);
    const [sign, ground] = await page.evaluate(() => {
      const { map } = globalThis.wardmap, unit = globalThis.wardwatch.units.get('c001'), p = map.project([unit.lon, unit.lat]), { overlay } = globalThis.wardwatch;
      const at = (up) => overlay.at({ x: p.x, y: p.y - up }, 2).some((one) => one.id === 'c001');
      return [at(overlay.painter.lift), at(0)];
    });
    assert.ok(sign && ground, 'its sign above it and its model are both picked');
    await open(`at=${CITY.lon + 0.001},${CITY.lat - 0.0002},15,20,58`);
    assert.deepEqual(await models(), [], 'from far only signs are drawn');
    quiet();
  },

  'an edited building is new in 3D without a reload': async ({ page, server, open, quiet }) => {
    await open(`at=${CITY.lon},${CITY.lat},17.5,0,25`);
    let one = null;
    for (const tried of (await around(server, page)).filter(clear)) if ((await hit(page, tried.at))?.id === tried.id) one ??= tried;
    assert.ok(one, 'a building');
    const patch = (height) => ask(`${server.url}collections/buildings/items/${one.id}`, { method: 'PATCH', headers: { 'Content-Type': 'application/merge-patch+json' }, body: JSON.stringify({ properties: { height } }) });
    await patch(one.height + 31);
    await until('it is taller', async () => (await hit(page, one.at))?.properties.height === one.height + 31, 60_000);
    await patch(one.height);
    await until('and as before', async () => (await hit(page, one.at))?.properties.height === one.height, 60_000);
    quiet();
  },

  'a layer that is switched off has no bodies either': async ({ page, open }) => {
    await open(`at=${CITY.lon},${CITY.lat},17.5,0,25&off=buildings`);
    const buildings = () => page.evaluate(() => globalThis.wardsolid.scenes.visible().filter((of) => of.layer === 'buildings').length);
    assert.equal(await buildings(), 0);
    await page.evaluate(() => { location.hash = location.hash.replace('&off=buildings', ''); });
    await until('they are back', async () => (await buildings()) > 0, 120_000);
    await page.setViewportSize(USUAL);
  },
};
