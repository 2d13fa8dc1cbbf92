const http = require('http');
const { WebSocketServer } = require('ws');

const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ status: 'ok' }));
});
const terminals = new WebSocketServer({ server, path: '/terminal' });
terminals.on('connection', socket => socket.on('message', data => socket.send(data)));
setInterval(() => terminals.clients.forEach(client => client.ping()), 25000);
server.listen(process.env.PORT || 8080, '0.0.0.0');
