// The server of echo.mjs in two processes on one port: one process may not open as many sockets as a large test needs. Prints the port when both listen.
import cluster from 'node:cluster';

const PROCESSES = 2;

if (cluster.isPrimary) {
  let ready = 0;
  cluster.on('listening', (_, { port }) => {
    if (++ready === PROCESSES) console.log(port);
  });
  // Silent: their output is the port, twice.
  cluster.setupPrimary({ args: [], silent: true });
  for (let i = 0; i < PROCESSES; i++) cluster.fork();
} else {
  await import('./echo.mjs');
}
