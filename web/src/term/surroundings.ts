import type { Closing } from './closing.ts';
import type { Attached, Exit, Notice, Role, Stream } from './frames.ts';

/** What of a WebSocket is used: a test plays the other end. */
export interface Socket {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

/** Where to connect this time; `protocols` may carry a ticket. */
export interface Address {
  url: string;
  protocols: string[];
}

/** The address cannot be had: `why` says whether to try again. */
export class AddressRefused extends Error {
  constructor(readonly why: Closing) {
    super(why.label);
  }
}

export type ConnectionState =
  /** `why`: what ended the last try; null: this is the first one. */
  | { kind: 'connecting'; why: Closing | null }
  /** The session is being started; the gateway says what it waits for. */
  | { kind: 'starting'; text: string }
  | { kind: 'attached' }
  /** `at`: when it is tried again, in milliseconds as `Date.now()`; null: when the network is back. */
  | { kind: 'waiting'; why: Closing; at: number | null }
  | { kind: 'over'; why: Closing };

export interface ConnectionEvents {
  state(state: ConnectionState): void;
  attached(attached: Attached): void;
  /** To be shown; `shown` is called when it is on the screen, and lets the server send more. */
  output(stream: Stream, bytes: Uint8Array, shown: () => void): void;
  /** The screen begins anew; `missing` bytes are lost. */
  snapshotBegins(stream: Stream, missing: number, reason: string): void;
  replay(stream: Stream, bytes: Uint8Array): void;
  snapshotEnds(stream: Stream): void;
  notice(notice: Notice): void;
  exit(exit: Exit): void;
  role(role: Role): void;
  /** So much of what `type` took is lost with the connection. */
  unsent(bytes: number): void;
}

export interface ConnectionOptions {
  /** Name of this client, kept while its page lives: it replaces its own older connection. */
  client: string;
  /** The wish; what is given may be less. */
  role: Role;
  columns: number;
  rows: number;
  address(): Promise<Address>;
  open(url: string, protocols: string[]): Socket;
  isOnline(): boolean;
  random(): number;
}
