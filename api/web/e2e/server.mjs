// The real binary, started on a free port with a data folder of its own.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('..', import.meta.url));
export const BINARY = resolve(HERE, process.env.WARDMAP_BIN ?? '../../bin/wardmap');

/** A Server can be killed and started again on the same port and data. */
export class Server {
  data = mkdtempSync(join(tmpdir(), 'wardmap-e2e-'));
  listen = '127.0.0.1:0';
  url = '';
  said = '';

  /** Starts and waits for the printed address. */
  async start(timeout = 120_000) {
    this.said = '';
    this.process = spawn(BINARY, ['serve', '--demo', '--listen', this.listen, '--data', this.data], { stdio: ['ignore', 'pipe', 'pipe'] });
    const process = this.process;
    this.url = await new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no address within ${timeout} ms; it said:\n${this.said}`)), timeout);
      const hear = (text) => {
        this.said += text;
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(this.said);
        if (found) {
          clearTimeout(timer);
          done(found[0]);
        }
      };
      process.stdout.on('data', hear);
      process.stderr.on('data', (text) => (this.said += text));
      process.on('error', (err) => fail(new Error(`cannot start ${BINARY}: ${err.message}. Build it with make, or name it in WARDMAP_BIN`)));
      process.on('exit', (code) => fail(new Error(`it ended with ${code}; it said:\n${this.said}`)));
    });
    this.listen = new URL(this.url).host;
    return this.url;
  }

  /** Ends the process as a power cut would. */
  async kill(signal = 'SIGKILL') {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill(signal);
    await ended;
  }

  /** Runs another command of the binary on the same data. */
  async run(...args) {
    const child = spawn(BINARY, [...args, '--data', this.data], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    child.stderr.on('data', (text) => (said += text));
    const code = await new Promise((done) => child.on('exit', done));
    if (code !== 0) throw new Error(`wardmap ${args.join(' ')} ended with ${code}: ${said}`);
    return said;
  }

  async end() {
    await this.kill('SIGTERM');
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** Asks the server for JSON. */
export async function ask(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${options?.method ?? 'GET'} ${url}: ${answer.status} ${await answer.text()}`);
  return { body: answer.status === 204 ? null : await answer.json(), etag: answer.headers.get('etag') };
}
