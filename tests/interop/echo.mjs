// Echo server on npm's ws. Prints its port, then serves until it is stopped. Commands: see README.md.
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    deflate: { type: 'boolean', default: false },
    'no-deflate': { type: 'boolean', default: false },
    subprotocol: { type: 'string', multiple: true, default: [] },
  },
});

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(options.port),
  // Threshold 0: short messages are compressed too.
  perMessageDeflate: options.deflate ? { threshold: 0 } : false,
  handleProtocols: (offered) => options.subprotocol.find((name) => offered.has(name)) ?? false,
  maxPayload: MAX_MESSAGE_BYTES,
});

server.on('listening', () => console.log(server.address().port));
server.on('connection', (socket, request) => {
  // A peer that breaks the protocol is answered and closed by ws itself; the server goes on.
  socket.on('error', (error) => console.error(`connection failed: ${error.message}`));
  socket.on('message', (bytes, isBinary) => {
    const text = isBinary || bytes.length > 200 ? '' : bytes.toString();
    const command = /^close (\d{4})(?: (.*))?$/s.exec(text);
    if (command) socket.close(Number(command[1]), command[2] ?? '');
    else if (text === 'headers') socket.send(JSON.stringify({ path: request.url, headers: pairs(request.rawHeaders) }));
    else socket.send(bytes, { binary: isBinary });
  });
});

function pairs(flat) {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
}
