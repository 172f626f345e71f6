// Dispatch on the wall: an incident is given to units, they move it, its clock runs, and it is closed with an outcome.

import assert from 'node:assert/strict';
import { until } from '../chromium.mjs';
import { CITY } from '../rig.mjs';
import { ask } from '../server.mjs';

const PLACE = { lon: CITY.lon + 0.002, lat: CITY.lat + 0.001 }, ID = 'walk-1';
const crew = { c001: 0.0002, c003: 0.004 }; // by how far to the east

const json = (method, body, type = 'application/json') => ({ method, headers: { 'Content-Type': type }, body: JSON.stringify(body) });
/** Twice: whoever was elsewhere a moment ago is believed only when he says it again. */
async function report(server) {
  for (const ago of [1000, 0]) {
    const time = new Date(Date.now() - ago).toISOString();
    await ask(`${server.url}positions`, json('POST', Object.entries(crew).map(([device, east]) => ({ device, lon: PLACE.lon + east, lat: PLACE.lat, speed: 0, time }))));
  }
}
const state = (server, unit, to) => ask(`${server.url}units/${unit}/state`, json('PUT', { state: to }));
const incident = async (server) => (await ask(`${server.url}collections/incidents/items/${ID}`)).body.properties;
const doing = async (server, unit) => (await ask(`${server.url}units/${unit}`)).body.properties.state;
const chip = (page) => page.locator('.flow-state').textContent();

export default {
  'an incident shows its state, its clock and what may come next': async ({ page, server, open, shoot, accessible, quiet }) => {
    for (const unit of Object.keys(crew)) await state(server, unit, 'available');
    await report(server);
    const given = { type: 'Feature', geometry: { type: 'Point', coordinates: [PLACE.lon, PLACE.lat] }, properties: { name: '失窃', type: 'theft', priority: '3', state: 'new' } };
    await ask(`${server.url}edits`, json('POST', [{ op: 'create', layer: 'incidents', id: ID, feature: given }]));
    await open(`at=${PLACE.lon},${PLACE.lat},16&open=incidents/${ID}`);
    await until('its state', async () => (await chip(page)) === '待派警');
    assert.match((await page.locator('.flow-clock').textContent()) ?? '', /剩余 1[34]:\d\d/);
    assert.deepEqual(await page.locator('.flow-steps .step').allTextContents(), ['已派警', '已办结']);
    await shoot('dispatch-incident.png');
    await accessible('an incident');
    quiet();
  },

  'whoever is not the nearest is sent with a reason only': async ({ page, server, shoot, accessible, quiet }) => {
    await page.locator('#card-nearest').click();
    const box = (unit) => page.locator(`.assign-box[data-unit="${unit}"]`);
    await until('the run card chooses the nearest car', async () => (await box('c001').isChecked().catch(() => false)) && /出警方案/.test((await page.locator('#nearest-assign').textContent()) ?? ''));
    assert.equal(await page.locator('#assign-why').count(), 0, 'it needs no reason');
    await box('c003').check();
    await box('c001').uncheck();
    await page.locator('#assign-why').waitFor();
    await shoot('dispatch-assign.png');
    await accessible('sending units');
    await page.locator('#assign-send').click();
    assert.equal((await incident(server)).state, 'new', 'nothing is sent without a reason');
    await page.locator('#assign-why').fill('熟悉该小区');
    await page.locator('#assign-send').click();
    await until('it is dispatched', async () => (await incident(server)).state === 'dispatched');
    const now = await incident(server);
    assert.deepEqual([now.units, now.override], ['c003', '熟悉该小区']);
    await until('and the unit knows', async () => (await doing(server, 'c003')) === 'dispatched');
    quiet();
  },

  'what a unit says that it does moves the incident on open cards': async ({ page, server, shoot, quiet }) => {
    await page.locator('#nearest-close').click();
    await page.evaluate((id) => { location.hash = location.hash.replace(/&open=[^&]*/, '') + `&open=incidents/${id}`; }, ID);
    await until('dispatched', async () => (await chip(page)) === '已派警');
    await state(server, 'c003', 'en_route');
    await until('it sets out', async () => (await chip(page)) === '赶赴中', 10_000);
    await state(server, 'c003', 'on_scene');
    await until('it arrives', async () => (await chip(page)) === '处置中', 10_000);
    await shoot('dispatch-on-scene.png');
    quiet();
  },

  'a cordon shows the exits that close every way out, and who is there in time': async ({ page, server, shoot, accessible, quiet }) => {
    for (const unit of Object.keys(crew)) if ((await doing(server, unit)) !== 'on_scene') await state(server, unit, 'available');
    await report(server);
    await page.locator('#card-cordon').click();
    await until('the exits', async () => (await page.locator('#card .choice').count()) > 0, 20_000);
    const drawn = () => page.evaluate(() => globalThis.wardmap.map.querySourceFeatures('wall-seen').map((f) => f.properties.kind));
    await until('they are drawn', async () => (await drawn()).includes('exit'));
    assert.match((await page.locator('#card h2').textContent()) ?? '', /\d+ 个出口可封闭/);
    await page.waitForTimeout(1500);
    await shoot('dispatch-cordon.png');
    await accessible('a cordon');
    await page.keyboard.press('Escape');
    await until('it goes with its list', async () => (await drawn()).length === 0);
    await page.evaluate((id) => { location.hash = location.hash.replace(/&open=[^&]*/, '') + `&open=incidents/${id}`; }, ID);
    await page.locator('#step-closed').waitFor();
    quiet();
  },

  'it is closed with an outcome, and the unit is free again': async ({ page, server, accessible, quiet }) => {
    await page.locator('#step-closed').click();
    await accessible('what a step needs');
    await page.locator('#step-confirm').click();
    assert.equal((await incident(server)).state, 'on_scene', 'not without an outcome');
    await page.locator('#need-outcome').selectOption('handled');
    await page.locator('#step-confirm').click();
    await until('it is closed', async () => (await chip(page)) === '已办结');
    assert.equal(await page.locator('.flow-steps').count(), 0, 'nothing comes after');
    await until('the unit is free', async () => (await doing(server, 'c003')) === 'available');
    await page.keyboard.press('Escape');
    quiet();
  },
};
