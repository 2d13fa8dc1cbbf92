// Speaks the fixed scenario of README.md with an echo server, through npm's ws, and prints one line of JSON.
import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';

const LIMIT_MILLISECONDS = 60_000;
const LARGE_BYTES = 16 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const UTF8_TEXT = 'Grüße, мир, 世界, 🌉, e\u0301';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    deflate: { type: 'boolean', default: false },
    'no-deflate': { type: 'boolean', default: false },
    header: { type: 'string', multiple: true, default: [] },
    subprotocol: { type: 'string', multiple: true, default: [] },
    'close-code': { type: 'string', default: '1000' },
    'close-reason': { type: 'string', default: '' },
    'close-by': { type: 'string', default: 'client' },
    insecure: { type: 'boolean', default: false },
  },
});
const closeCode = Number(options['close-code']);
const closeReason = options['close-reason'];

/** A socket whose messages are taken one by one. */
class Conversation {
  #messages = [];
  #waiting = null;

  constructor(socket) {
    this.socket = socket;
    socket.on('message', (bytes, isBinary) => this.#deliver({ message: isBinary ? bytes : bytes.toString() }));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        const close = { closeCode: code, closeReason: reason.toString() };
        this.#deliver({ close });
        resolve(close);
      });
    });
  }

  async receive() {
    const next = this.#messages.shift() ?? (await new Promise((resolve) => (this.#waiting = resolve)));
    if (next.close) throw Object.assign(new Error('the connection was closed'), next.close);
    return next.message;
  }

  #deliver(next) {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting(next);
    else this.#messages.push(next);
  }
}

function expect(seen, wanted) {
  const same = typeof wanted === 'string' ? seen === wanted : Buffer.isBuffer(seen) && seen.equals(wanted);
  if (!same) throw new Error(`got ${JSON.stringify(seen)?.slice(0, 80)}, expected ${JSON.stringify(wanted).slice(0, 80)}`);
}

async function echoes(talk, message) {
  talk.socket.send(message);
  expect(await talk.receive(), message);
  return true;
}

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

const steps = {
  text: (talk) => echoes(talk, 'hello'),
  utf8: (talk) => echoes(talk, UTF8_TEXT),
  binary: (talk) => echoes(talk, Buffer.from(Array.from({ length: 256 }, (_, i) => i))),
  emptyText: (talk) => echoes(talk, ''),
  emptyBinary: (talk) => echoes(talk, Buffer.alloc(0)),
  fragments: async (talk) => {
    talk.socket.send('frag', { fin: false });
    talk.socket.send('men', { fin: false });
    talk.socket.send('ted', { fin: true });
    expect(await talk.receive(), 'fragmented');
    return true;
  },
  large: async (talk) => {
    const message = randomBytes(LARGE_BYTES);
    talk.socket.send(message);
    expect(hash(await talk.receive()), hash(message));
    return true;
  },
  ping: async (talk) => {
    const pong = new Promise((resolve) => talk.socket.once('pong', resolve));
    talk.socket.ping('are you there');
    expect((await pong).toString(), 'are you there');
    return true;
  },
};

function open() {
  const socket = new WebSocket(positionals[0], options.subprotocol, {
    // Threshold 0: short messages are compressed too, or the scenario would hardly compress anything.
    perMessageDeflate: options.deflate ? { threshold: 0 } : false,
    headers: Object.fromEntries(options.header.map((h) => [h.slice(0, h.indexOf(':')).trim(), h.slice(h.indexOf(':') + 1).trim()])),
    maxPayload: MAX_MESSAGE_BYTES,
    rejectUnauthorized: !options.insecure,
  });
  return new Promise((resolve, reject) => {
    const talk = new Conversation(socket);
    socket.on('open', () => resolve(talk));
    socket.on('error', reject);
    socket.on('unexpected-response', (request, response) => {
      const headers = [];
      for (let i = 0; i < response.rawHeaders.length; i += 2) headers.push([response.rawHeaders[i], response.rawHeaders[i + 1]]);
      reject(Object.assign(new Error(`the server answered ${response.statusCode}`), { status: response.statusCode, headers }));
      request.destroy();
    });
  });
}

let step = 'connect';

async function converse() {
  const talk = await open();
  const results = {};
  for (const [name, run] of Object.entries(steps)) {
    step = name;
    results[name] = await run(talk);
  }
  step = 'close';
  if (options['close-by'] === 'client') talk.socket.close(closeCode, closeReason);
  else talk.socket.send(`close ${closeCode} ${closeReason}`);
  const close = await talk.closed;
  return { ok: true, results, ...close, subprotocol: talk.socket.protocol, extensions: talk.socket.extensions };
}

function finish(report) {
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(report.ok ? 0 : 1));
}

setTimeout(() => finish({ ok: false, step, error: `nothing more within ${LIMIT_MILLISECONDS} ms` }), LIMIT_MILLISECONDS);
converse().then(finish, (error) => {
  const { status, headers, closeCode: code, closeReason: reason } = error;
  finish({ ok: false, step, error: String(error), status, headers, closeCode: code, closeReason: reason });
});
