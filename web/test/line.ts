import { Channel, SUBPROTOCOL, type Stream } from '../src/term/frames.ts';
import { TermConnection } from '../src/term/connection.ts';
import type { Address, ConnectionEvents, ConnectionOptions, ConnectionState, Socket } from '../src/term/surroundings.ts';

/** The other end of one connection: says what a test tells it, and keeps what it hears. */
export class FakeSocket implements Socket {
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly heard: Uint8Array[] = [];
  closedWith: number | undefined;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  send(data: Uint8Array): void {
    this.heard.push(data);
  }

  close(code?: number): void {
    this.closedWith = code;
  }

  /** JSON frames of one channel, in their order. */
  json(channel: number): Record<string, unknown>[] {
    return this.frames(channel).map((frame) => JSON.parse(new TextDecoder().decode(frame.subarray(1))) as Record<string, unknown>);
  }

  frames(channel: number): Uint8Array[] {
    return this.heard.filter((frame) => frame[0] === channel);
  }

  accept(): this {
    this.onopen?.();
    return this;
  }

  say(channel: number, body: object | Uint8Array = new Uint8Array()): this {
    const bytes = body instanceof Uint8Array ? body : new TextEncoder().encode(JSON.stringify(body));
    this.onmessage?.({ data: Uint8Array.of(channel, ...bytes).buffer });
    return this;
  }

  sayText(text: string): void {
    this.onmessage?.({ data: text });
  }

  attach(more: object = {}): this {
    return this.say(Channel.attached, {
      session: 's',
      incarnation: 'i1',
      tty: true,
      state: 'running',
      first: 0,
      last: 0,
      columns: 80,
      rows: 24,
      role: 'write',
      fence: 1,
      writer: 'ann',
      window: 262144,
      inputWindow: 262144,
      ...more,
    });
  }

  print(offset: number, text: string, stream: Stream = Channel.output): this {
    const frame = new Uint8Array(8 + text.length);
    new DataView(frame.buffer).setBigUint64(0, BigInt(offset));
    frame.set(new TextEncoder().encode(text), 8);
    return this.say(stream, frame);
  }

  cut(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason });
  }
}

/** A connection under test, with all that it reported. */
export class Line {
  readonly sockets: FakeSocket[] = [];
  readonly states: ConnectionState[] = [];
  readonly log: string[] = [];
  /** Output that waits to be shown; with `showsAtOnce` it never does. */
  readonly unshown: (() => void)[] = [];
  readonly connection: TermConnection;
  text = '';
  online = true;
  showsAtOnce = true;
  address: () => Promise<Address> = () => Promise.resolve({ url: 'ws://gateway.test/terminal?session=s', protocols: [] });

  constructor(more: Partial<ConnectionOptions> = {}) {
    this.connection = new TermConnection(
      {
        client: 'c1',
        role: 'write',
        columns: 80,
        rows: 24,
        address: () => this.address(),
        open: (url, protocols) => {
          const socket = new FakeSocket(url, protocols);
          this.sockets.push(socket);
          return socket;
        },
        isOnline: () => this.online,
        random: () => 1,
        ...more,
      },
      this.events(),
    );
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) {
      throw new Error('nothing was dialled yet');
    }
    return socket;
  }

  get state(): ConnectionState | undefined {
    return this.states.at(-1);
  }

  /** Starts, and lets the address be found. */
  async start(): Promise<this> {
    this.connection.start();
    await settle();
    return this;
  }

  private events(): ConnectionEvents {
    return {
      state: (state) => this.states.push(state),
      attached: () => this.log.push('attached'),
      output: (stream, bytes, shown) => {
        this.text += (stream === Channel.errors ? '!' : '') + new TextDecoder().decode(bytes);
        if (this.showsAtOnce) {
          shown();
        } else {
          this.unshown.push(shown);
        }
      },
      snapshotBegins: (_stream, missing, reason) => {
        this.text = '';
        this.log.push(`snapshot ${reason} ${missing}`);
      },
      replay: (_stream, bytes) => (this.text += new TextDecoder().decode(bytes)),
      snapshotEnds: () => this.log.push('snapshot ends'),
      notice: (notice) => this.log.push(`notice ${notice.kind}`),
      exit: (exit) => this.log.push(`exit ${exit.cause} ${exit.code}`),
      role: (role) => this.log.push(`role ${role}`),
      unsent: (bytes) => this.log.push(`unsent ${bytes}`),
    };
  }
}

/** Promises that are ready go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await Promise.resolve();
  }
}

export { SUBPROTOCOL };
