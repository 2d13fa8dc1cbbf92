import { describe, expect, it } from 'vitest';
import { readClosing } from '../src/term/closing.ts';
import { FrameFault, closeInputFrame, inputFrames, readFrame, requestFrame } from '../src/term/frames.ts';

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.of(...values).buffer;

describe('frames', () => {
  it('are read as the contract shows them', () => {
    expect(readFrame(bytes(1, 0, 0, 0, 0, 0, 0, 1, 0xf4, 0x68, 0x69, 0x0d, 0x0a))).toEqual({
      kind: 'output',
      stream: 1,
      offset: 500,
      bytes: Uint8Array.of(0x68, 0x69, 0x0d, 0x0a),
    });
  });

  it('are written as the contract shows them', () => {
    expect(closeInputFrame()).toEqual(Uint8Array.of(255, 0));
    expect(inputFrames('a')).toEqual([Uint8Array.of(0, 97)]);
    expect(inputFrames('')).toEqual([]);
    expect(new TextDecoder().decode(requestFrame({ signal: 'SIGINT' }).subarray(1))).toBe('{"signal":"SIGINT"}');
  });

  it.each([
    ['nothing', bytes()],
    ['output without its offset', bytes(1, 0, 0)],
    ['a stream that is none', bytes(24, 7)],
    ['no JSON', bytes(17, 0x7b)],
    ['JSON that is no object', bytes(17, 0x31)],
    ['text that is no UTF-8', bytes(21, 0xff)],
    ['a snapshot without its offset', new TextEncoder().encode('\x13{"begin":true,"channel":1}').buffer],
  ])('that break the contract are refused: %s', (_name, frame) => {
    expect(() => readFrame(frame)).toThrow(FrameFault);
  });
});

describe('close reasons', () => {
  it('tell the label, what to do and the attempt', () => {
    expect(readClosing(4503, 'queue_full; seen=12; retry=after:1500ms; attempt=0af7')).toEqual({
      code: 4503,
      label: 'queue_full',
      retry: 'after',
      afterMs: 1500,
      attempt: '0af7',
    });
  });

  it.each([
    ['after:2m', 120_000],
    ['after:0.5s', 500],
  ])('have times in words: %s', (text, afterMs) => {
    expect(readClosing(4503, `x; retry=${text}`)).toMatchObject({ retry: 'after', afterMs });
  });

  it('of others are read by their code', () => {
    expect(readClosing(1011, 'Internal error!')).toMatchObject({ label: 'code_1011', retry: 'backoff' });
    expect(readClosing(1006, '')).toMatchObject({ label: 'connection_lost', retry: 'backoff' });
    expect(readClosing(4503, 'busy; retry=after:soon')).toMatchObject({ label: 'busy', retry: 'backoff' });
  });
});
