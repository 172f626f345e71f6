// The walk through the wall in a real browser, against the real binary with the demo city. Every step is a
// sentence; the first that does not hold ends the walk. Screenshots land in out/. Names of chapters as arguments
// walk only these: node e2e/wall.mjs change loss

import { join } from 'node:path';
import { OUT, rig } from './rig.mjs';

const chapters = process.argv.length > 2 ? process.argv.slice(2) : ['look', 'find', 'change', 'dispatch', 'subsystems', 'solid', 'cesium', 'live', 'loss', 'face', 'trust'];
const all = await rig();
let failed = null;
try {
  for (const chapter of chapters) await walk((await import(`./steps/${chapter}.mjs`)).default);
} catch (err) {
  failed = err;
  await all.page.screenshot({ path: join(OUT, 'failed.png') }).catch(() => undefined);
} finally {
  await all.end();
}
if (failed) {
  console.error(failed, '\nbrowser said:', all.log, '\nserver said:', all.server.said.slice(-2000));
  process.exit(1);
}

async function walk(steps) {
  for (const [name, act] of Object.entries(steps)) {
    const began = Date.now();
    await act(all).catch((err) => {
      throw new Error(`does not hold: ${name}: ${err.message}`, { cause: err });
    });
    console.log(`ok  ${name}  (${Date.now() - began} ms)`);
  }
}
