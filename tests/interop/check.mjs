// Proves that these programs work: every client with every echo server, with and without compression, closed by either side. No gateway in between.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import WebSocket from 'ws';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const commands = { py: '/usr/bin/python3', mjs: process.execPath };
const started = [];

function start(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

async function firstLine(stream, pattern = /(.*)/) {
  for await (const line of createInterface({ input: stream })) {
    const match = pattern.exec(line);
    if (match) return match[1];
  }
  throw new Error('the program ended before it said where it listens');
}

const startEcho = (kind, options) => firstLine(start(commands[kind], [here(`echo.${kind}`), ...options]).stdout);

async function runClient(kind, url, close) {
  const args = [here(`client.${kind}`), url, ...close.deflate, '--subprotocol', 'other', '--subprotocol', 'chat.v1', '--header', 'X-Check: yes'];
  args.push('--close-code', close.code, '--close-reason', close.reason, '--close-by', close.by);
  return JSON.parse(await firstLine(start(commands[kind], args).stdout));
}

/** One headless Chromium, driven through its debugging port. */
async function startBrowser(profile) {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const browser = start('/usr/bin/chromium', [...flags, `--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank']);
  const endpoint = await firstLine(browser.stderr, /DevTools listening on (ws:\S+)/);
  const host = new URL(endpoint).host;
  return async (url, close) => {
    const query = new URLSearchParams({ url, subprotocol: 'chat.v1', closeCode: close.code, closeReason: close.reason, closeBy: close.by });
    const page = `${pathToFileURL(here('page.html'))}?${query}`;
    const tab = await (await fetch(`http://${host}/json/new?${encodeURIComponent(page)}`, { method: 'PUT' })).json();
    const debug = new WebSocket(tab.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => debug.on('open', resolve).on('error', reject));
    const loaded = 'new Promise(r => document.readyState === "complete" ? r() : addEventListener("load", r)).then(() => window.finished)';
    debug.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: loaded, awaitPromise: true, returnByValue: true } }));
    const answer = await new Promise((resolve) => debug.on('message', (text) => JSON.parse(text).id === 1 && resolve(JSON.parse(text))));
    debug.close();
    return answer.result.result.value ?? { ok: false, step: 'page', error: JSON.stringify(answer) };
  };
}

const profile = mkdtempSync(join(tmpdir(), 'bascule-check-'));
let failures = 0;
try {
  const browse = await startBrowser(profile);
  for (const server of ['py', 'mjs']) {
    for (const deflate of ['--deflate', '--no-deflate']) {
      const port = await startEcho(server, [deflate, '--subprotocol', 'chat.v1']);
      for (const client of ['py', 'mjs', 'browser']) {
        for (const by of ['client', 'server']) {
          const close = { code: '4999', reason: 'bye, grüße', by, deflate: [deflate] };
          const url = `ws://127.0.0.1:${port}/check?a=b`;
          const report = await (client === 'browser' ? browse(url, close) : runClient(client, url, close));
          const good = report.ok && report.closeCode === 4999 && report.closeReason === close.reason && report.subprotocol === 'chat.v1'
            && report.extensions.startsWith('permessage-deflate') === (deflate === '--deflate');
          failures += good ? 0 : 1;
          console.log(`${good ? 'ok  ' : 'FAIL'} ${client} → echo.${server} ${deflate}, closed by ${by}${good ? '' : `: ${JSON.stringify(report)}`}`);
        }
      }
    }
  }
} finally {
  for (const child of started) child.kill();
  await Promise.all(started.map((child) => child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.on('exit', resolve))));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
process.exitCode = failures === 0 ? 0 : 1;
