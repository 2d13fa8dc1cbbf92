import { WebSocketServer } from 'ws';
const wss = new WebSocketServer({ port: Number(process.env.PORT), maxPayload: 65536 });
wss.on('connection', socket => {
  socket.isAlive = true;
  socket.on('pong', () => { socket.isAlive = true; });
});
setInterval(() => wss.clients.forEach(socket => {
  if (!socket.isAlive) return socket.terminate();
  socket.isAlive = false;
  socket.ping();
}), 25000);
