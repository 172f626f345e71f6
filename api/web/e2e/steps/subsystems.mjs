// The subsystems on the wall: what belongs to a protected unit, which cameras see an incident, a unit's shift, and a work
// order from confirmed to closed.

import assert from 'node:assert/strict';
import { until } from '../chromium.mjs';
import { ask } from '../server.mjs';

const json = (method, body, type = 'application/json') => ({ method, headers: { 'Content-Type': type }, body: JSON.stringify(body) });
const edit = (server, edits) => ask(`${server.url}edits`, json('POST', edits));
const put = (layer, id, at, properties) => ({ op: 'put', layer, id, feature: { type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties } });
const choices = (page) => page.locator('#card .choice').evaluateAll((all) => all.map((one) => one.textContent));
const first = async (server, path) => (await ask(`${server.url}${path}`)).body.features[0];
const middle = (f) => [0, 1].map((axis) => f.geometry.coordinates[0].slice(0, -1).reduce((n, p) => n + p[axis], 0) / (f.geometry.coordinates[0].length - 1));

export default {
  'a protected unit has its entrances, key points and inspections': async ({ page, server, open, shoot, accessible, quiet }) => {
    const site = await first(server, 'collections/protected_sites/items?class=9&limit=1'), [lon, lat] = middle(site);
    await open(`at=${lon},${lat},17&open=protected_sites/${site.id}`);
    await page.locator('#card-related').click();
    await until('they are listed', async () => (await choices(page)).length >= 5);
    const all = (await choices(page)).join('\n');
    for (const what of ['出入口', '要害部位', '内保检查', '内保警戒区']) assert.match(all, new RegExp(what));
    await shoot('site-parts.png');
    await accessible('what belongs to a unit');
    await page.keyboard.press('Escape');
    quiet();
  },

  'an incident on its ground leads to the unit, and to the cameras that see it': async ({ page, server, open, shoot, quiet }) => {
    const site = await first(server, 'collections/protected_sites/items?class=2&limit=1'), at = middle(site);
    await edit(server, [put('incidents', 'walk-2', at, { name: '可疑包裹', type: 'public_order', priority: '1', state: 'new' })]);
    await open(`at=${at.join(',')},16.5&open=incidents/walk-2`);
    await page.locator('#card-inside').click();
    await until('the unit', async () => (await choices(page)).some((one) => one.includes(site.properties.name)) || (await page.locator('#card-title').textContent()) === site.properties.name);
    await open(`at=${at.join(',')},16.5&open=incidents/walk-2`);
    await page.locator('#card-watching').click();
    await until('the cameras', async () => (await choices(page)).some((one) => /可见|不可见|朝向未知/.test(one)));
    assert.match((await page.locator('#toast').textContent()) ?? '', /路摄像机，其中 \d+ 路可见此处/);
    await shoot('incident-cameras.png');
    await page.keyboard.press('Escape');
    await edit(server, [{ op: 'delete', layer: 'incidents', id: 'walk-2' }]);
    quiet();
  },

  'a unit’s shift is told to whoever says why': async ({ page, server, open, shoot, accessible, quiet }) => {
    const beat = await first(server, 'collections/beats/items?limit=1'), at = middle(beat), begins = new Date(Date.now() - 600_000);
    await edit(server, [put('shifts', 'walk-3', at, { unit: 'c004', beat: beat.properties.code, begins: begins.toISOString(), ends: new Date(Date.now() + 3_600_000).toISOString() })]);
    for (let i = 0; i < 3; i++) await ask(`${server.url}positions`, json('POST', [{ device: 'c004', lon: at[0] + i * 1e-5, lat: at[1], time: new Date(Date.now() - 9000 + i * 4000).toISOString() }]));
    await open(`at=${at.join(',')},16&open=live/c004`);
    await page.locator('#unit-duty').click();
    await page.locator('#duty-ask').click();
    assert.equal(await page.locator('.shift').count(), 0, 'nothing without a reason');
    await page.locator('#duty-reason').fill('投诉核查');
    await page.locator('#duty-ask').click();
    await until('it is told', async () => /在巡区内 \d+ 秒/.test((await page.locator('.duty').textContent()) ?? ''));
    await page.locator('.duty').scrollIntoViewIfNeeded();
    await shoot('unit-duty.png');
    await accessible('a unit’s shift');
    await page.keyboard.press('Escape');
    quiet();
  },

  'a work order goes from confirmed to closed, and waits with a reason only': async ({ page, server, open, shoot, quiet }) => {
    const camera = await first(server, 'collections/cameras/items?limit=1'), at = camera.geometry.coordinates;
    await edit(server, [put('work_orders', 'walk-4', at, { name: `${camera.properties.name} 遮挡`, device: `cameras/${camera.id}`, fault: 'occluded', state: 'detected', class: '2' })]);
    const order = async () => (await ask(`${server.url}collections/work_orders/items/walk-4`)).body.properties;
    await open(`at=${at.join(',')},17&open=work_orders/walk-4`);
    const step = async (state, need) => {
      await page.locator(`#step-${state}`).click();
      if (need) {
        await page.locator(`#need-${need[0]}`).fill(need[1]);
        await page.locator('#step-confirm').click();
      }
      await until(state, async () => (await order()).state === state);
      await until(`the card says ${state}`, async () => (await page.locator(`#step-${state}`).count()) === 0);
    };
    await step('confirmed');
    await step('assigned', ['team', '秦州运维一班']);
    await step('waiting', ['waiting_for', '等待登高车']);
    assert.equal(await page.locator('.flow-clock').count(), 0, 'no clock runs while it waits');
    await step('arrived');
    await shoot('work-order.png');
    await step('mended', ['repair', '修剪树枝']);
    await step('verified');
    await step('closed', ['evidence', '照片 IMG-1']);
    const done = await order();
    assert.ok(done.detected_at <= done.confirmed_at && done.confirmed_at <= done.closed_at && done.waited >= 0, JSON.stringify(done));
    await page.keyboard.press('Escape');
    quiet();
  },
};
