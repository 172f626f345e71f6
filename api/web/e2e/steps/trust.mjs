// Who looks: the mark of the demo, signing in with a second factor, one's own page, the auditor's page, and being turned away.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { settled, until } from '../chromium.mjs';

const CHOSEN = 'four words in a row';
let secret = '';

/** The code of a second factor at this time, as an app on a phone makes it (RFC 6238). */
function code(seed) {
  const bits = [...seed].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const sum = createHmac('sha1', key).update(step).digest();
  return String((sum.readUInt32BE(sum[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export default {
  'without accounts the wall says that it is the demo': async ({ page, open, view, quiet }) => {
    await open(view(13));
    assert.equal(await page.locator('#demo').textContent(), '演示模式');
    assert.ok(await page.locator('#demo').isVisible());
    assert.ok(!(await page.locator('#who').isVisible()));
    quiet();
  },

  'with an account nobody sees the wall without signing in, and what was wrong is not said': async ({ server, page, log, shoot, accessible }) => {
    const said = await server.run('user', 'add', 'shen', '--role', 'auditor', '--title', '沈审计');
    secret = /^ {4}(\S+)$/m.exec(said)[1];
    await page.goto('about:blank'); // or the open map goes to the page to sign in by itself
    await server.kill('SIGTERM');
    await server.start();
    log.length = 0;
    await page.goto(server.url);
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    await accessible('the page to sign in');
    await shoot('sign-in.png');
    await page.fill('[name=name]', 'shen');
    await page.fill('[name=password]', 'a wrong one');
    await page.click('button');
    assert.match(await page.locator('[role=alert]').textContent(), /用户名、密码或动态码不正确/);
    log.length = 0; // the browser says 401
  },

  'the first sign-in leads to a password of one’s own and a second factor, and then to the map': async ({ server, page, shoot, accessible, quiet }) => {
    await page.fill('[name=password]', secret);
    await page.click('button');
    assert.equal(new URL(page.url()).pathname, '/me');
    await page.goto(server.url);
    assert.equal(new URL(page.url()).pathname, '/me', 'the map does not open before');
    await page.fill('[name=old]', secret);
    await page.fill('[name=chosen]', CHOSEN);
    await page.fill('[name=again]', CHOSEN);
    await page.click('text=修改 Change');
    await page.click('text=开始设置 Begin');
    await accessible('the page of the second factor');
    await shoot('second-factor.png');
    await page.fill('[name=code]', code(await page.inputValue('[name=seed]')));
    await page.click('text=确认 Confirm');
    await accessible('one’s own page');
    await shoot('me.png');
    await page.click('text=打开地图');
    await settled(page);
    assert.match(await page.locator('#who').textContent(), /沈审计/);
    quiet();
  },

  'an auditor sees neither units nor alerts, and reads the log with its state': async ({ server, page, shoot, accessible, quiet }) => {
    await until('the map is live', () => page.locator('#connection[data-state=live]').count());
    for (const id of ['#alerts', '#alerts-button', '#nearest-button', '#demo']) assert.ok(!(await page.locator(id).isVisible()), id);
    assert.equal(await page.getByText('警员', { exact: true }).count(), 0);
    quiet();
    await page.goto(`${server.url}audit`);
    const text = await page.locator('main').textContent();
    for (const want of ['完好', 'sign-in', 'wrong', 'accounts/']) assert.ok(text.includes(want), want);
    await accessible('the audit log');
    await shoot('audit.png');
    quiet();
  },

  'who is disabled is led to the page to sign in, from the open map': async ({ server, page, view, log }) => {
    await page.goto(`${server.url}#${view(13)}`);
    await settled(page);
    await server.run('user', 'disable', 'shen');
    await until('he is turned away', () => page.url().includes('/sign-in'), 60_000);
    log.length = 0;
  },
};
