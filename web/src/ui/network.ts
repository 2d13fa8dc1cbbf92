import type { Socket } from '../term/surroundings.ts';

/** Calls when the network may be there again: it came back, or the page was woken. */
export function onWaking(wake: () => void): void {
  window.addEventListener('online', wake);
  window.addEventListener('pageshow', (event) => {
    // From the cache of the browser, with sockets that are long closed.
    if (event.persisted) {
      wake();
    }
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') {
      wake();
    }
  });
}

/** A name of this page for one session: it survives a reload, so that the seat of the writer does. */
export function clientName(session: string): string {
  const key = `bascule.client.${session}`;
  const known = sessionStorage.getItem(key);
  if (known !== null) {
    return known;
  }
  const name = newClientName();
  sessionStorage.setItem(key, name);
  return name;
}

export function newClientName(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function openSocket(url: string, protocols: string[]): Socket {
  // Its handlers are told more than ours ask for, which the type checker cannot see through `this`.
  return new WebSocket(url, protocols) as unknown as Socket;
}
