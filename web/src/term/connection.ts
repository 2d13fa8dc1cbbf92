import { Backoff } from './backoff.ts';
import { type Closing, ownClosing, readClosing } from './closing.ts';
import {
  type Attached,
  Channel,
  FrameFault,
  type Notice,
  type Role,
  type ServerFrame,
  type Stream,
  SUBPROTOCOL,
  ackFrame,
  closeInputFrame,
  helloFrame,
  pingFrame,
  readFrame,
  requestFrame,
  resizeFrame,
} from './frames.ts';
import { type Place, Position } from './position.ts';
import { type Address, AddressRefused, type ConnectionEvents, type ConnectionOptions, type ConnectionState, type Socket } from './surroundings.ts';
import { Typing } from './typing.ts';
import { Vigil } from './vigil.ts';

/** Requirement B3: a client gives up connecting after 25 s, counted to the first frame of the server. */
const CONNECT_LIMIT_MS = 25_000;
/** Contract: an ack 50 ms after the last output, and a new size every 50 ms at most. */
const SOON_MS = 50;
/** So long a connection has to hold before its loss counts as the first again. */
const STABLE_MS = 10_000;
/** Only 1000 and 3000 to 4999 may be sent; 1000 would give up the seat of the writer. */
const CLOSE_LOST = 4000;

type Timer = ReturnType<typeof setTimeout>;

/** One terminal over as many connections as it takes: every byte of output once, in order. */
export class TermConnection {
  private readonly streams: Record<Stream, Position> = { [Channel.output]: new Position(), [Channel.errors]: new Position() };
  private readonly backoff: Backoff;
  private readonly vigil: Vigil;
  private state: ConnectionState = { kind: 'connecting', why: null };
  /** Why there is no connection; null: nothing went wrong since the last one. */
  private lastLoss: Closing | null = null;
  private socket: Socket | null = null;
  /** Of the attempt that counts: what comes of older ones is ignored. */
  private attempt = 0;
  private typing: Typing | null = null;
  private incarnation: string | null = null;
  private given: Role;
  private exited = false;
  private size: { columns: number; rows: number };
  /** What the terminal has, as far as this client knows or asked. */
  private sentSize = '';
  private retryTimer: Timer | undefined;
  private limitTimer: Timer | undefined;
  private stableTimer: Timer | undefined;
  private ackTimer: Timer | undefined;
  private sizeTimer: Timer | undefined;
  private pings = 0;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {
    this.backoff = new Backoff(options.random);
    this.vigil = new Vigil(() => this.lose(ownClosing('no_answer')));
    this.given = options.role;
    this.size = { columns: options.columns, rows: options.rows };
  }

  get role(): Role {
    return this.given;
  }

  get isAttached(): boolean {
    return this.state.kind === 'attached';
  }

  start(): void {
    void this.connect();
  }

  /** Closes with 1000: the seat of the writer is free at once. Nothing is reported any more. */
  stop(): void {
    this.attempt += 1;
    this.clear();
    this.socket?.close(1000);
    this.socket = null;
  }

  /** Does not wait any longer, even where the server said no. */
  retryNow(): void {
    if (this.state.kind === 'waiting' || this.state.kind === 'over') {
      void this.connect();
    }
  }

  /** The network came back, or the page was woken: timers may have slept, and a dead connection looks open. */
  wake(): void {
    if (this.state.kind === 'waiting') {
      void this.connect();
    } else {
      this.probe();
    }
  }

  /** False: it is not sent, because there is no connection, another one writes, or the program does not read. */
  type(input: string | Uint8Array): boolean {
    this.vigil.ifQuiet(() => this.probe());
    return this.isAttached && this.given === 'write' && this.typing?.type(input) === true;
  }

  closeInput(): void {
    this.send(closeInputFrame());
  }

  signal(name: string): void {
    this.send(requestFrame({ signal: name }));
  }

  /** Become the writer, whoever is it now. */
  takeOver(): void {
    this.send(requestFrame({ take: true }));
  }

  resize(columns: number, rows: number): void {
    this.size = { columns, rows };
    this.sizeTimer ??= setTimeout(() => {
      this.sizeTimer = undefined;
      this.sendSize();
    }, SOON_MS);
  }

  private async connect(): Promise<void> {
    const attempt = ++this.attempt;
    this.clear();
    this.enter({ kind: 'connecting', why: this.lastLoss });
    this.limitTimer = setTimeout(() => this.lose(ownClosing('no_answer')), CONNECT_LIMIT_MS);
    let address: Address;
    try {
      address = await this.options.address();
    } catch (e) {
      if (attempt === this.attempt) {
        this.lose(e instanceof AddressRefused ? e.why : ownClosing('connection_lost'));
      }
      return;
    }
    if (attempt !== this.attempt) {
      return;
    }
    const socket = this.options.open(address.url, [SUBPROTOCOL, ...address.protocols]);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.ifCurrent(attempt, () => this.greet(socket));
    socket.onmessage = (event) => this.ifCurrent(attempt, () => this.receive(event.data));
    socket.onclose = (event) => this.ifCurrent(attempt, () => this.lose(readClosing(event.code, event.reason)));
  }

  private ifCurrent(attempt: number, act: () => void): void {
    if (attempt === this.attempt) {
      act();
    }
  }

  private greet(socket: Socket): void {
    socket.send(
      helloFrame({
        client: this.options.client,
        from: this.streams[Channel.output].from,
        fromErrors: this.streams[Channel.errors].from,
        incarnation: this.incarnation,
        columns: this.size.columns,
        rows: this.size.rows,
        role: this.options.role,
        take: false,
      }),
    );
    this.streams[Channel.output].resumed();
    this.streams[Channel.errors].resumed();
  }

  private receive(data: unknown): void {
    this.vigil.heard();
    try {
      if (!(data instanceof ArrayBuffer)) {
        throw new FrameFault('text');
      }
      const frame = readFrame(data);
      if (frame !== null) {
        this.accept(frame);
      }
    } catch (e) {
      if (!(e instanceof FrameFault)) {
        throw e;
      }
      this.lose({ ...ownClosing('bad_frame'), text: `The server sent ${e.message}.` });
    }
  }

  private accept(frame: ServerFrame): void {
    switch (frame.kind) {
      case 'output':
        return this.acceptOutput(frame.stream, frame.offset, frame.bytes);
      case 'replay':
        return this.events.replay(frame.stream, frame.bytes);
      case 'snapshotBegin':
        this.streams[frame.stream].snapshotBegins(frame.offset);
        return this.events.snapshotBegins(frame.stream, frame.missing, frame.reason);
      case 'snapshotEnd':
        this.streams[frame.stream].snapshotEnds();
        return this.events.snapshotEnds(frame.stream);
      case 'attached':
        return this.acceptAttached(frame.attached);
      case 'exit':
        this.exited = true;
        return this.events.exit(frame.exit);
      case 'notice':
        return this.acceptNotice(frame.notice);
      case 'inputTaken':
        return this.typing?.wasTaken(frame.bytes);
      case 'life':
    }
  }

  private acceptOutput(stream: Stream, offset: number, bytes: Uint8Array): void {
    const taken = this.streams[stream].take(offset, bytes);
    if (taken !== null) {
      this.events.output(stream, taken.fresh, () => this.wasShown(stream, taken.place));
    }
  }

  private wasShown(stream: Stream, place: Place): void {
    if (this.streams[stream].wasShown(place)) {
      this.acknowledge();
      return;
    }
    this.ackTimer ??= setTimeout(() => this.acknowledge(), SOON_MS);
  }

  private acknowledge(): void {
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    for (const stream of [Channel.output, Channel.errors]) {
      const offset = this.isAttached ? this.streams[stream].ack() : null;
      if (offset !== null) {
        this.send(ackFrame(stream, offset));
      }
    }
  }

  private acceptAttached(attached: Attached): void {
    clearTimeout(this.limitTimer);
    if (this.incarnation !== null && this.incarnation !== attached.incarnation) {
      this.streams[Channel.output].forget();
      this.streams[Channel.errors].forget();
    }
    this.incarnation = attached.incarnation;
    this.lastLoss = null;
    this.typing = new Typing((frame) => this.send(frame), attached.inputWindow);
    this.stableTimer = setTimeout(() => this.backoff.reset(), STABLE_MS);
    this.enter({ kind: 'attached' });
    this.events.attached(attached);
    this.accord(attached.role);
    this.sentSize = `${attached.columns}x${attached.rows}`;
    this.sendSize();
  }

  private acceptNotice(notice: Notice): void {
    if (notice.kind === 'starting') {
      // It is well, and takes its time: the gateway says when it has been too long.
      clearTimeout(this.limitTimer);
      this.enter({ kind: 'starting', text: notice.text });
    }
    if (notice.kind === 'size') {
      this.sentSize = `${notice.columns}x${notice.rows}`;
    }
    this.events.notice(notice);
    if (notice.role === 'write' || notice.role === 'read') {
      this.accord(notice.role);
      this.sendSize();
    }
  }

  private accord(role: Role): void {
    this.given = role;
    this.events.role(role);
  }

  private sendSize(): void {
    if (this.isAttached && this.given === 'write' && this.sentSize !== this.sizeText()) {
      this.sentSize = this.sizeText();
      this.send(resizeFrame(this.size.columns, this.size.rows));
    }
  }

  private sizeText(): string {
    return `${this.size.columns}x${this.size.rows}`;
  }

  private probe(): void {
    if (this.isAttached) {
      this.send(pingFrame(++this.pings));
      this.vigil.expect();
    }
  }

  private send(frame: Uint8Array): void {
    if (this.isAttached) {
      this.socket?.send(frame);
    }
  }

  /** This connection is over; another one follows, unless the server does not want it. */
  private lose(why: Closing): void {
    this.attempt += 1;
    this.clear();
    this.socket?.close(CLOSE_LOST);
    this.socket = null;
    this.lastLoss = why;
    const unsent = this.typing?.waitingBytes ?? 0;
    this.typing = null;
    if (unsent > 0 && !this.exited) {
      this.events.unsent(unsent);
    }
    // Whatever the close looks like: nothing comes after the exit.
    const pause = this.exited ? null : this.backoff.next(why);
    if (pause === null) {
      this.enter({ kind: 'over', why });
    } else if (!this.options.isOnline()) {
      this.enter({ kind: 'waiting', why, at: null });
    } else {
      this.enter({ kind: 'waiting', why, at: Date.now() + pause });
      this.retryTimer = setTimeout(() => void this.connect(), pause);
    }
  }

  private clear(): void {
    this.vigil.rest();
    for (const timer of [this.retryTimer, this.limitTimer, this.stableTimer, this.ackTimer, this.sizeTimer]) {
      clearTimeout(timer);
    }
    this.ackTimer = this.sizeTimer = undefined;
  }

  private enter(state: ConnectionState): void {
    this.state = state;
    this.events.state(state);
  }
}
