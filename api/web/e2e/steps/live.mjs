// What moves and what happens, with the simulator against the real server. A server without the live part is left
// alone, aloud.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { until } from '../chromium.mjs';
import { BINARY } from '../server.mjs';
import { CITY } from '../rig.mjs';

const UNITS = 50;
let lives = false, simulator = null;

/** A step that holds only where the server has a live part. */
const live = (act) => async (all) => (lives ? act(all) : console.log('    (skipped: the server answers no /live/counts)'));

const units = (page) => page.evaluate(() => [...globalThis.wardwatch.units.all()].map(({ id, name, lon, lat, x, y, stale, class: kind }) => ({ id, name, lon, lat, x, y, stale, kind })));

/** Clicks, within one turn of the page, where a unit is drawn: a hand would be quick enough, a test of a busy machine is not. */
function click(id) {
  const { map } = globalThis.wardmap, unit = globalThis.wardwatch.units.get(id), box = map.getContainer().getBoundingClientRect();
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * unit.y))) * 180) / Math.PI, at = map.project([(unit.x - 0.5) * 360, lat]);
  const how = { bubbles: true, clientX: box.left + at.x, clientY: box.top + at.y, button: 0, detail: 1 };
  for (const type of ['mousedown', 'mouseup', 'click']) map.getCanvas().dispatchEvent(new MouseEvent(type, how));
}

export default {
  'the simulator drives units over the map: they appear and move by themselves': async ({ server, page, open, quiet }) => {
    lives = (await fetch(`${server.url}live/counts`)).status === 200;
    if (!lives) return console.log('    (skipped: the server answers no /live/counts)');
    await open(`at=${CITY.lon},${CITY.lat},13`);
    simulator = spawn(BINARY, ['simulate', '--server', new URL(server.url).origin, '--units', String(UNITS), '--speed', '10', '--for', '60s'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const out of [simulator.stdout, simulator.stderr]) out.on('data', (text) => (said += text));
    const before = await until(`${UNITS} units are on the wall`, async () => {
      const now = (await units(page)).filter((one) => !one.stale);
      return now.length >= UNITS && now;
    }, 30_000).catch((err) => {
      throw new Error(`${err.message}; the simulator said: ${said}`);
    });
    await until('most of those that drive have moved', async () => {
      const now = new Map((await units(page)).map((one) => [one.id, one]));
      const drive = before.filter((one) => one.kind !== 'officer'), moved = drive.filter(({ id, x, y }) => Math.hypot((now.get(id)?.x ?? x) - x, (now.get(id)?.y ?? y) - y) > 1e-7);
      return moved.length >= drive.length / 2;
    }, 15_000);
    quiet();
  },

  'the tree counts them by class, and a switch hides a class': live(async ({ page, shoot, quiet }) => {
    const count = (id) => page.locator(`[data-layer=${id}] .count`).textContent();
    await until('vehicles are counted', async () => Number.parseInt((await count('live_vehicle')) ?? '') > 0);
    const drawn = () => page.evaluate(() => globalThis.wardwatch.overlay.drawn.filter((one) => one.class === 'vehicle').length);
    await until('vehicles are drawn', async () => (await drawn()) > 0);
    await page.locator('#switch-live_vehicle').click();
    await until('no vehicle is drawn', async () => (await drawn()) === 0);
    await page.locator('#switch-live_vehicle').click();
    await shoot('live-zh.png');
    quiet();
  }),

  'a click on a unit opens its card, which stays true while it moves': live(async ({ page, shoot, quiet }) => {
    const wanted = (await units(page)).find((one) => one.kind === 'officer' && !one.stale).id;
    await page.evaluate((id) => {
      const { lon, lat } = globalThis.wardwatch.units.get(id);
      globalThis.wardmap.map.jumpTo({ center: [lon, lat], zoom: 16 });
    }, wanted);
    await until('a click on it opens it or a list in which it stands', async () => {
      await page.evaluate(click, wanted);
      const row = page.locator('#card .choice', { has: page.locator('.sign') });
      if (await row.count()) await row.first().click();
      return page.locator('#unit').isVisible();
    });
    await page.locator('#unit-title').waitFor();
    await until('its details are there', async () => (await page.locator('#unit [data-field=inside]').textContent()) !== '');
    assert.match((await page.locator('#unit [data-field=fix]').textContent()) ?? '', /刚刚|前/);
    await shoot('unit-zh.png');
    await page.locator('#unit .state-button[data-state=en_route]').click();
    await until('its state is another', () => page.evaluate(() => globalThis.wardwatch.units.get(globalThis.wardwatch.card.open)?.state === 'en_route'));
    await page.locator('#unit .state-button[data-state=available]').click();
    await until('and back', async () => (await page.locator('#unit-state').textContent()) === '待命');
    await page.keyboard.press('Escape');
    quiet();
  }),

  'the nearest units answer for a place, with times and reasons, and the way of one is drawn': live(async ({ page, shoot, quiet }) => {
    const { width, height } = page.viewportSize();
    await page.mouse.click(width / 2, height / 2, { button: 'right' });
    await page.locator('.near').first().waitFor();
    assert.match((await page.locator('.near-eta').first().textContent()) ?? '', /\d+:\d\d|\d/);
    await page.locator('.near').first().hover();
    await until('lines are drawn', () => page.evaluate(() => globalThis.wardmap.map.querySourceFeatures('wall-way').length > 1));
    await page.waitForTimeout(1200);
    await shoot('nearest-zh.png');
    await page.locator('#nearest-by-meters').click();
    await until('by metres', async () => /米|公里/.test((await page.locator('.near-eta').first().textContent().catch(() => '')) ?? ''));
    await page.keyboard.press('Escape');
    quiet();
  }),

  'the card of an incident asks for the units nearest to it': live(async ({ server, page, quiet }) => {
    const { features } = await (await fetch(`${server.url}collections/incidents/items?limit=1`)).json();
    await page.evaluate((id) => (location.hash = `open=incidents/${id}`), features[0].id);
    await page.locator('#card-nearest').click();
    await page.locator('.near').first().waitFor();
    assert.equal(await page.locator('#nearest-place').textContent(), features[0].properties.name);
    await page.keyboard.press('Escape');
    quiet();
  }),

  'an alert appears by itself, and a click shows its place': live(async ({ page, quiet }) => {
    await until('an alert', () => page.locator('#alert-list .alert').count(), 45_000);
    const center = () => page.evaluate(() => globalThis.wardmap.map.getCenter().toArray().join());
    const before = await center();
    await page.locator('#alert-list .alert').first().click();
    await until('the map flies there', async () => (await center()) !== before);
    await page.keyboard.press('Escape');
    quiet();
  }),

  'an emergency stands across the wall within a second, and goes only when it is acknowledged': live(async ({ server, page, shoot, accessible, quiet }) => {
    const [unit] = (await units(page)).filter((one) => one.kind === 'officer');
    assert.ok(unit, 'there is an officer');
    await page.evaluate(() => new MutationObserver(() => (globalThis.criedAt ??= Date.now())).observe(document.getElementById('emergency'), { attributes: true, attributeFilter: ['hidden'] }));
    const answer = await fetch(`${server.url}positions`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ device: unit.id, time: new Date().toISOString(), lon: unit.lon, lat: unit.lat, emergency: true }),
    });
    const accepted = Date.now();
    assert.equal(answer.status, 200, await answer.text());
    await page.locator('#emergency .cry').waitFor();
    const took = (await page.evaluate(() => globalThis.criedAt)) - accepted;
    console.log(`emergency on the wall ${took} ms after the server had acknowledged it`);
    assert.ok(took <= 1000, `it took ${took} ms`);
    await shoot('emergency-zh.png');
    await accessible('emergency, alerts, tree');
    await page.waitForTimeout(6000);
    assert.ok(await page.locator('#emergency').isVisible(), 'time alone does not end it');
    await page.locator('.cry .button', { hasText: '确认' }).click();
    await until('it is gone', async () => !(await page.locator('#emergency').isVisible()));
    simulator?.kill();
    quiet();
  }),
};
