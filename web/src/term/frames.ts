// Frames of bascule.term.v1, as contract/terminal.md has them: byte 0 is the channel, numbers are big-endian.

export const SUBPROTOCOL = 'bascule.term.v1';

/** What a frame carries. */
export const Channel = {
  input: 0,
  output: 1,
  errors: 2,
  resize: 4,
  hello: 16,
  attached: 17,
  ack: 18,
  snapshot: 19,
  exit: 20,
  notice: 21,
  request: 22,
  ping: 23,
  replay: 24,
  close: 255,
} as const;

/** Output of a terminal or stdout; stderr of a command. */
export type Stream = typeof Channel.output | typeof Channel.errors;

export type Role = 'write' | 'read';

/** The first frame of the client. */
export interface Hello {
  client: string;
  from: number | null;
  fromErrors: number | null;
  incarnation: string | null;
  columns: number;
  rows: number;
  role: Role;
  take: boolean;
}

export interface Attached {
  session: string;
  incarnation: string;
  tty: boolean;
  state: 'running' | 'ended';
  first: number;
  last: number;
  firstErrors: number;
  lastErrors: number;
  columns: number;
  rows: number;
  role: Role;
  fence: number;
  writer: string | null;
  window: number;
  inputWindow: number;
}

export interface Exit {
  cause: string;
  code: number | null;
  signal: string | null;
  startedAt: string;
  endedAt: string;
  seconds: number;
  outputBytes: number;
  truncated: boolean;
}

/** `kind` says which of the other fields are there. */
export interface Notice {
  kind: string;
  text: string;
  seconds?: number;
  columns?: number;
  rows?: number;
  role?: Role;
  user?: string | null;
  viewers?: number;
  joined?: boolean;
}

export type ServerFrame =
  | { kind: 'output'; stream: Stream; offset: number; bytes: Uint8Array }
  | { kind: 'replay'; stream: Stream; bytes: Uint8Array }
  | { kind: 'snapshotBegin'; stream: Stream; offset: number; missing: number; reason: string }
  | { kind: 'snapshotEnd'; stream: Stream }
  | { kind: 'attached'; attached: Attached }
  | { kind: 'exit'; exit: Exit }
  | { kind: 'notice'; notice: Notice }
  | { kind: 'inputTaken'; bytes: number }
  | { kind: 'life' };

/** The server sent what the contract does not know. */
export class FrameFault extends Error {}

const OFFSET_BYTES = 8;
/** Contract: at most 65,537 bytes; a paste goes in pieces of 32 KiB, so that Ctrl-C never waits behind one frame. */
const MOST_INPUT_BYTES = 32 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Null for channels that this client does not know: newer servers may send them. */
export function readFrame(data: ArrayBuffer): ServerFrame | null {
  if (data.byteLength === 0) {
    throw new FrameFault('an empty frame');
  }
  const bytes = new Uint8Array(data);
  const body = bytes.subarray(1);
  switch (bytes[0]) {
    case Channel.output:
    case Channel.errors:
      return readOutput(bytes[0], data);
    case Channel.replay:
      return { kind: 'replay', stream: streamOf(body[0]), bytes: body.subarray(1) };
    case Channel.snapshot:
      return readSnapshot(json(body));
    case Channel.attached:
      return { kind: 'attached', attached: json(body) as Attached };
    case Channel.exit:
      return { kind: 'exit', exit: json(body) as Exit };
    case Channel.notice:
      return { kind: 'notice', notice: json(body) as Notice };
    case Channel.ack:
      return readInputAck(data);
    case Channel.ping:
      return { kind: 'life' };
    default:
      return null;
  }
}

function readOutput(stream: Stream, data: ArrayBuffer): ServerFrame {
  if (data.byteLength < 1 + OFFSET_BYTES) {
    throw new FrameFault('a frame of output without its offset');
  }
  const offset = Number(new DataView(data).getBigUint64(1));
  return { kind: 'output', stream, offset, bytes: new Uint8Array(data, 1 + OFFSET_BYTES) };
}

function readInputAck(data: ArrayBuffer): ServerFrame {
  if (data.byteLength < 2 + OFFSET_BYTES) {
    throw new FrameFault('an ack without its number');
  }
  return { kind: 'inputTaken', bytes: Number(new DataView(data).getBigUint64(2)) };
}

function readSnapshot(value: unknown): ServerFrame {
  const snapshot = value as { begin?: boolean; channel?: number; offset?: number; missing?: number; reason?: string };
  const stream = streamOf(snapshot.channel ?? Channel.output);
  if (!snapshot.begin) {
    return { kind: 'snapshotEnd', stream };
  }
  if (typeof snapshot.offset !== 'number') {
    throw new FrameFault('a snapshot without its offset');
  }
  return { kind: 'snapshotBegin', stream, offset: snapshot.offset, missing: snapshot.missing ?? 0, reason: snapshot.reason ?? '' };
}

function streamOf(value: number | undefined): Stream {
  if (value !== Channel.output && value !== Channel.errors) {
    throw new FrameFault(`a stream with the number ${value}`);
  }
  return value;
}

function json(body: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(decoder.decode(body));
    if (typeof value === 'object' && value !== null) {
      return value;
    }
  } catch (e) {
    throw new FrameFault(`what is no JSON: ${String(e)}`);
  }
  throw new FrameFault('JSON that is no object');
}

export function helloFrame(hello: Hello): Uint8Array {
  return jsonFrame(Channel.hello, hello);
}

/** Names of the fields as Kubernetes has them. */
export function resizeFrame(columns: number, rows: number): Uint8Array {
  return jsonFrame(Channel.resize, { Width: columns, Height: rows });
}

export function requestFrame(request: { take?: boolean; role?: Role; signal?: string }): Uint8Array {
  return jsonFrame(Channel.request, request);
}

/** Everything of a stream before the offset was taken. */
export function ackFrame(stream: Stream, offset: number): Uint8Array {
  const frame = new Uint8Array(2 + OFFSET_BYTES);
  frame[0] = Channel.ack;
  frame[1] = stream;
  new DataView(frame.buffer).setBigUint64(2, BigInt(offset));
  return frame;
}

export function pingFrame(number: number): Uint8Array {
  const frame = new Uint8Array(1 + OFFSET_BYTES);
  frame[0] = Channel.ping;
  new DataView(frame.buffer).setBigUint64(1, BigInt(number));
  return frame;
}

/** stdin ends. */
export function closeInputFrame(): Uint8Array {
  return Uint8Array.of(Channel.close, 0);
}

/** What was typed or pasted, in as many frames as it takes. */
export function inputFrames(input: string | Uint8Array): Uint8Array[] {
  const bytes = typeof input === 'string' ? encoder.encode(input) : input;
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += MOST_INPUT_BYTES) {
    frames.push(frameOf(Channel.input, bytes.subarray(at, at + MOST_INPUT_BYTES)));
  }
  return frames;
}

function jsonFrame(channel: number, value: object): Uint8Array {
  return frameOf(channel, encoder.encode(JSON.stringify(value)));
}

function frameOf(channel: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1 + body.length);
  frame[0] = channel;
  frame.set(body, 1);
  return frame;
}
