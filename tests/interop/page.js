// Speaks the fixed scenario of README.md with an echo server, as a browser does. The report goes into window.result, and as JSON into the title.
// Query: url, subprotocol (may repeat), closeCode, closeReason, closeBy=client|server. A plain script: modules do not load from file://.
(() => {
  const LIMIT_MILLISECONDS = 60_000;
  const LARGE_BYTES = 16 * 1024 * 1024;
  const UTF8_TEXT = 'Grüße, мир, 世界, 🌉, e\u0301';

  const query = new URLSearchParams(location.search);
  const closeCode = Number(query.get('closeCode') ?? 1000);
  const closeReason = query.get('closeReason') ?? '';
  let step = 'connect';

  function open() {
    const socket = new WebSocket(query.get('url'), query.getAll('subprotocol'));
    socket.binaryType = 'arraybuffer';
    const arrived = [];
    let waiting = null;
    const deliver = (next) => {
      const take = waiting;
      waiting = null;
      if (take) take(next);
      else arrived.push(next);
    };
    socket.onmessage = (event) => deliver({ message: event.data });
    const closed = new Promise((resolve) => {
      socket.onclose = (event) => {
        const close = { closeCode: event.code, closeReason: event.reason };
        deliver({ close });
        resolve(close);
      };
    });
    const receive = async () => {
      const next = arrived.shift() ?? (await new Promise((resolve) => (waiting = resolve)));
      if (next.close) throw Object.assign(new Error('the connection was closed'), next.close);
      return next.message;
    };
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve({ socket, closed, receive });
      // A browser tells the page no more than code and reason.
      closed.then((close) => reject(Object.assign(new Error('the connection did not open'), close)));
    });
  }

  function expect(seen, wanted) {
    if (typeof wanted === 'string') {
      if (seen !== wanted) throw new Error(`got ${String(seen).slice(0, 80)}, expected ${wanted}`);
      return;
    }
    if (!(seen instanceof ArrayBuffer)) throw new Error(`got ${typeof seen}, expected bytes`);
    const bytes = new Uint8Array(seen);
    if (bytes.length !== wanted.length) throw new Error(`got ${bytes.length} bytes, expected ${wanted.length}`);
    const wrong = bytes.findIndex((byte, i) => byte !== wanted[i]);
    if (wrong >= 0) throw new Error(`byte ${wrong} is ${bytes[wrong]}, expected ${wanted[wrong]}`);
  }

  async function echoes(talk, message) {
    talk.socket.send(message);
    expect(await talk.receive(), message);
    return true;
  }

  function randomBytes(length) {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536)); // the most one call fills
    return bytes;
  }

  const steps = {
    text: (talk) => echoes(talk, 'hello'),
    utf8: (talk) => echoes(talk, UTF8_TEXT),
    binary: (talk) => echoes(talk, Uint8Array.from({ length: 256 }, (_, i) => i)),
    emptyText: (talk) => echoes(talk, ''),
    emptyBinary: (talk) => echoes(talk, new Uint8Array(0)),
    fragments: () => null, // no browser API for it
    large: (talk) => echoes(talk, randomBytes(LARGE_BYTES)),
    ping: () => null, // no browser API for it
  };

  async function converse() {
    const talk = await open();
    const results = {};
    for (const [name, run] of Object.entries(steps)) {
      step = name;
      results[name] = await run(talk);
    }
    step = 'close';
    if ((query.get('closeBy') ?? 'client') === 'client') talk.socket.close(closeCode, closeReason);
    else talk.socket.send(`close ${closeCode} ${closeReason}`);
    const close = await talk.closed;
    return { ok: true, results, ...close, subprotocol: talk.socket.protocol, extensions: talk.socket.extensions };
  }

  const limit = new Promise((_, reject) => setTimeout(() => reject(new Error(`nothing more within ${LIMIT_MILLISECONDS} ms`)), LIMIT_MILLISECONDS));
  window.finished = Promise.race([converse(), limit])
    .catch((error) => ({ ok: false, step, error: String(error), closeCode: error.closeCode, closeReason: error.closeReason }))
    .then((report) => {
      window.result = report;
      document.title = JSON.stringify(report);
      return report;
    });
})();
