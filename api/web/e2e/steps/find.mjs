// Search, hover, click, card.

import assert from 'node:assert/strict';
import { settled, until } from '../chromium.mjs';
import { ask } from '../server.mjs';

export default {
  'search finds a school by its Chinese name, with the keyboard alone': async ({ page, shoot, quiet }) => {
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
  },

  'Escape closes the card, a click on the map opens the one of what lies there': async ({ server, page, shoot, quiet }) => {
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
    await page.locator('#card-fly').waitFor();
    const text = await page.locator('#card').textContent();
    for (const part of ['类型', '中学', '责任单位', '版本']) assert.ok(text?.includes(part), `${part} stands on the card: ${text}`);
    quiet();
  },
};
