// Languages, accessibility, keyboard, sizes.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { settled, until } from '../chromium.mjs';

export default {
  'English: every text of the page changes': async ({ page, open, view, shoot, quiet }) => {
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
  },

  'the page is accessible by the rules of axe: with the tree, a card, a list, results': async ({ page, open, view, accessible }) => {
    await open(`${view(16)}&open=schools/6`, 'en');
    await page.locator('#card-fly').waitFor();
    assert.equal(await page.locator('#card-title').textContent(), '天水市第一中学');
    await accessible('card');
    await page.locator('#more-beats').click();
    await page.locator('#search-input').fill('Middle School');
    await page.locator('.found').first().waitFor();
    await accessible('results and legend');
    await page.keyboard.press('Escape');
  },

  'the map is used by the keyboard alone': async ({ page, open, view, quiet }) => {
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
  },

  'other sizes: laptop, telephone, wide wall': async ({ page, open, view, shoot, quiet }) => {
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
  },
};
