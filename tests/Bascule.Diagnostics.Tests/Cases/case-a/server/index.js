const http = require('http');
const { WebSocketServer } = require('ws');
const { execSync } = require('child_process');

const sessions = new Map();

function create(id) {
  execSync(`kubectl run session-${id} --image=session -- python -m http.server 8080`);
  sessions.set(id, { created: Date.now() });
  return { id, websocket: process.env.WEBSOCKET_SESSION_CONNECTION_TEMPLATE.replace('{{SESSION_ID}}', id) };
}

const server = http.createServer((request, response) => response.end(JSON.stringify(create(request.url.slice(1)))));
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket, request) => {
  const session = sessions.get(request.url.split('/')[3]);
  if (!session) socket.close(4004, 'Error joining session');
});
setInterval(() => sockets.clients.forEach(client => client.ping()), 25000);
server.listen(process.env.PORT || 8080, '0.0.0.0');
