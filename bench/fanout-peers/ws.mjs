// Fan-out with the npm package ws: what a connection to /publish sends goes to all others.
//   node ws.mjs PORT            each client gets the message with send(), from one buffer
//   node ws.mjs PORT framed     the frame is built once too, and written past the package, which does not document that
import { createRequire } from "node:module";

const { Sender, WebSocketServer } = createRequire(new URL("../../tests/interop/", import.meta.url))("ws");
const [port, way] = process.argv.slice(2);
const subscribers = new Set();

const sendEach = (message) => {
  for (const subscriber of subscribers) subscriber.send(message, { binary: false });
};

const writeFrame = (message) => {
  const frame = Buffer.concat(Sender.frame(message, { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true }));
  for (const subscriber of subscribers) subscriber._socket.write(frame);
};

new WebSocketServer({ host: "127.0.0.1", port: Number(port), backlog: 4096 }).on("connection", (socket, request) => {
  socket.on("error", () => socket.terminate());
  if (request.url === "/publish") {
    socket.on("message", way === "framed" ? writeFrame : sendEach);
    return;
  }
  subscribers.add(socket);
  socket.on("close", () => subscribers.delete(socket));
});
