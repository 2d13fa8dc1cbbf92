export function connect(onLine) {
  let pause = 500;
  function open() {
    const socket = new WebSocket(import.meta.env.VITE_WS_URL);
    socket.onopen = () => { pause = 500; };
    socket.onmessage = event => onLine(event.data);
    socket.onclose = event => {
      onLine(`closed: ${event.code}`);
      pause = Math.min(pause * 2, 30000);
      setTimeout(open, pause * (0.5 + Math.random()));
    };
  }
  open();
}
