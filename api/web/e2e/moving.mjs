// Measures what moving units cost in the page, on the mock: node e2e/moving.mjs --units 500 --rate 10 --seconds 10
// Also: --size 1920x1080, --zoom 13.9, --alerts 50 (a second), --pan (the map is dragged meanwhile), --out file.png.
// With software GL these figures compare ways of drawing, they are no claim about hardware. On a machine that others
// use as well only the processor time counts: cpu is ms of each of the browser's processes in a second, and the ms of
// all of them for one picture of units.

import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mock } from '../test/mock.mjs';
import { browser, settled } from './chromium.mjs';

const { values: given } = parseArgs({ options: {
  units: { type: 'string', default: '500' }, rate: { type: 'string', default: '10' }, seconds: { type: 'string', default: '10' }, size: { type: 'string', default: '1920x1080' },
  zoom: { type: 'string', default: '13.9' }, alerts: { type: 'string', default: '0' }, pan: { type: 'boolean' }, out: { type: 'string' },
} });
const [width, height] = given.size.split('x').map(Number), seconds = Number(given.seconds);
const server = await mock({ units: Number(given.units), rate: Number(given.rate), alerts: Number(given.alerts) });
const { page, log, close } = await browser({ width, height });
try {
  await page.goto(`${server.url}#at=105.722,34.58,${given.zoom}`);
  await settled(page);
  await page.waitForTimeout(2000);
  if (given.pan) await page.evaluate(() => setInterval(() => globalThis.wardmap.map.panBy([Math.random() * 60 - 30, Math.random() * 60 - 30], { duration: 400 }), 400));
  const before = processorTime(), told = await page.evaluate(measure, seconds), cpu = processorTime();
  for (const kind of Object.keys(cpu)) cpu[kind] = Math.round((cpu[kind] - (before[kind] ?? 0)) / seconds);
  const perPicture = Number((Object.values(cpu).reduce((a, b) => a + b, 0) / told.unitPictures).toFixed(1));
  console.log(JSON.stringify({ ...given, ...told, cpu, perPicture }), ...log);
  if (given.out) await page.screenshot({ path: given.out });
} finally {
  await close();
  server.close();
}

/** Processor time in ms of the browser's processes so far, by their kind. */
function processorTime() {
  const all = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      all.set(Number(pid), { parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * 10, kind: /--type=([\w-]+)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1] ?? 'browser' });
    } catch {
      continue; // it has ended meanwhile
    }
  }
  const out = {};
  for (const one of all.values()) {
    let up = one;
    while (up && up.parent !== process.pid) up = all.get(up.parent);
    if (up) out[one.kind] = (out[one.kind] ?? 0) + one.ms;
  }
  return out;
}

/** Runs in the page: frames a second, and the main thread's time in pictures of units, in frames of moves, in all long tasks. */
async function measure(seconds) {
  const { overlay } = globalThis.wardwatch, spent = { draw: [], moved: [] };
  const timed = (of, name, into) => {
    const act = of[name].bind(of);
    of[name] = (...args) => {
      const began = performance.now();
      act(...args);
      into.push(performance.now() - began);
    };
  };
  timed(overlay, 'draw', spent.draw);
  timed(globalThis.wardwatch, 'moved', spent.moved);
  let long = 0, frames = 0, rendered = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (long += entry.duration))).observe({ entryTypes: ['longtask'] });
  globalThis.wardmap.map.on('render', () => rendered++);
  const end = performance.now() + seconds * 1000;
  await new Promise((done) => {
    const tick = (now) => (frames++, now < end ? requestAnimationFrame(tick) : done());
    requestAnimationFrame(tick);
  });
  const part = (list, p) => Number((list.sort((a, b) => a - b)[Math.floor(list.length * p)] ?? 0).toFixed(2)), a = (n) => Number((n / seconds).toFixed(1));
  return {
    fps: a(frames), mapPictures: a(rendered), unitPictures: a(spent.draw.length), drawMedian: part(spent.draw, 0.5), draw95: part(spent.draw, 0.95),
    moveFrames: a(spent.moved.length), moveMedian: part(spent.moved, 0.5), move95: part(spent.moved, 0.95), longTasksShare: Number((long / seconds / 1000).toFixed(3)),
  };
}
