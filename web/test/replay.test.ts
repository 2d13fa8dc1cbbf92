import { describe, expect, it } from 'vitest';
import { Replay } from '../src/terminal/replay.ts';

describe('a replay', () => {
  it('lasts until all of it is on the screen', () => {
    const replay = new Replay();
    replay.begins();
    const shown = replay.ends();
    expect(replay.isUnderWay).toBe(true);

    shown();
    expect(replay.isUnderWay).toBe(false);
  });

  it('that was cut off does not keep the keyboard', () => {
    const replay = new Replay();
    replay.begins();
    // The connection is lost; the next one is attached, and begins its own.
    const cut = replay.ends();
    replay.begins();
    const whole = replay.ends();
    cut();
    expect(replay.isUnderWay).toBe(true);

    whole();
    expect(replay.isUnderWay).toBe(false);
  });
});
