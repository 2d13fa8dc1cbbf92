import { describe, expect, it } from 'vitest';
import { PlainText } from '../src/command/plain.ts';
import { Recall } from '../src/command/recall.ts';
import { readClosing } from '../src/term/closing.ts';
import { duration, wordsOf, wordsOfExit } from '../src/ui/words.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const exit = { cause: 'exited', code: 3, signal: null, startedAt: '', endedAt: '', seconds: 2.5, outputBytes: 8, truncated: false };

describe('the output of a command as plain text', () => {
  it('has no colours, however its pieces are cut', () => {
    const whole = 'a\x1b[1;31mred\x1b[0m \x1b]0;title\x07b\r\nc\x1b(B ä\n';
    const data = bytes(whole);
    for (let cut = 0; cut <= data.length; cut++) {
      const text = new PlainText();
      const read = text.read(data.subarray(0, cut)) + text.read(data.subarray(cut)) + text.end();
      expect(read.replaceAll('\r', '')).toBe('ared b\nc ä\n');
    }
  });

  it('shows what is left of a sequence that never ended', () => {
    const text = new PlainText();
    expect(text.read(bytes('x\x1b[12')) + text.end()).toBe('x[12');
  });

  it('is not held back for long by a string that does not end', () => {
    const text = new PlainText();
    expect(text.read(bytes(`\x1b]0;${'x'.repeat(5000)}`)).length).toBeGreaterThan(4990);
  });
});

describe('earlier lines', () => {
  it('come back, and the one that was being typed after them', () => {
    const recall = new Recall();
    recall.add('one');
    recall.add('two');
    recall.add('two');
    expect([recall.earlier('thr'), recall.earlier(''), recall.earlier(''), recall.later(), recall.later(), recall.later()]).toEqual(['two', 'one', null, 'two', 'thr', null]);
  });
});

describe('words', () => {
  it('tell how a command ended', () => {
    expect(wordsOfExit(exit)).toBe('exited with code 3 after 2.5 s');
    expect(wordsOfExit({ ...exit, cause: 'signalled', code: null, signal: 'SIGKILL', seconds: 75 })).toBe('ended by SIGKILL after 1 min 15 s');
    expect(wordsOfExit({ ...exit, cause: 'maximum_life', code: null, seconds: 8 * 3600 })).toBe('ended: it reached its longest life after 8 h 0 min');
    expect(duration(42)).toBe('42 s');
  });

  it('come from the catalogue of the gateway, and from no other than what was said', () => {
    expect(wordsOf(readClosing(4401, 'token_expired; retry=now; attempt=0af7'))).toMatch(/expired/);
    expect(wordsOf(readClosing(4404, 'session_not_found; retry=never'))).toBe('There is no such session.');
    expect(wordsOf(readClosing(4999, 'odd_thing; retry=never'))).toBe('The connection ended with 4999 (odd thing).');
  });
});
