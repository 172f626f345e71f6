// A headless Chromium with software GL that may talk to loopback only, and keeps what went wrong.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-quic',
  '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--font-render-hinting=none'];

/** Opens a browser with one page. away: requests that wanted to leave the machine; log: errors and warnings. */
export async function browser({ width = 1920, height = 1080, touch = false } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'wardmap-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, viewport: { width, height }, hasTouch: touch, locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai', permissions: ['clipboard-read', 'clipboard-write'], args: FLAGS,
  });
  const log = [], away = [], asked = [];
  await context.route((url) => !['127.0.0.1', 'localhost'].includes(url.hostname) && /^https?:$/.test(url.protocol), (route) => {
    away.push(route.request().url());
    return route.abort();
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !/GPU stall due to ReadPixels/.test(m.text()) && log.push(`${m.type()}: ${m.text()}`));
  page.on('pageerror', (err) => log.push(`page error: ${err.stack ?? err}`));
  context.on('request', (request) => asked.push({ at: Date.now(), url: request.url() }));
  return { context, page, log, away, asked, close: async () => { await context.close(); rmSync(profile, { recursive: true, force: true }); } };
}

/** Waits until the map has drawn everything that it has asked for. */
export async function settled(page, timeout = 120_000) {
  await page.waitForFunction(() => {
    const map = globalThis.wardmap?.map;
    const solid = globalThis.wardsolid?.state; // null while nothing is in 3D
    return map && globalThis.wardsolid && (!globalThis.wardsolid.wanted || solid?.whole) && map.loaded() && map.areTilesLoaded() && !map.isMoving();
  }, null, { timeout, polling: 200 });
  await page.waitForTimeout(500);
}

/** Waits until probe answers something true, and fails with the name of what was waited for. */
export async function until(what, probe, timeout = 10_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const got = await probe();
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited ${timeout} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
