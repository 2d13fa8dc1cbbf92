export function play(token, experience, onMessage) {
  const socket = new WebSocket(`ws://gateway:8666/ws/experience?token=${token}&experience=${experience}`);
  socket.onmessage = event => onMessage(JSON.parse(event.data));
  socket.onclose = event => setTimeout(() => play(token, experience, onMessage), 1000 + Math.random() * 9000);
}
