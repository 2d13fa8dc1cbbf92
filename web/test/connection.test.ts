import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressRefused } from '../src/term/surroundings.ts';
import { Channel } from '../src/term/frames.ts';
import { Line, SUBPROTOCOL, settle } from './line.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a first connection', () => {
  it('offers the protocol and the ticket, and says hello with nothing in hand', async () => {
    const line = new Line();
    line.address = () => Promise.resolve({ url: 'ws://gateway.test/terminal?session=s', protocols: ['ticket.abc'] });
    await line.start();
    line.socket.accept();

    expect(line.socket.protocols).toEqual([SUBPROTOCOL, 'ticket.abc']);
    expect(line.socket.json(Channel.hello)).toEqual([
      { client: 'c1', from: null, fromErrors: null, incarnation: null, columns: 80, rows: 24, role: 'write', take: false },
    ]);
  });

  it('sends nothing but hello before it is attached', async () => {
    const line = await new Line().start();
    line.socket.accept();
    line.connection.resize(120, 40);
    await vi.advanceTimersByTimeAsync(50);

    expect(line.connection.type('ls')).toBe(false);
    expect(line.socket.heard).toHaveLength(1);
  });

  it('shows what a session that starts waits for, without losing patience', async () => {
    const line = await new Line().start();
    line.socket.accept().say(Channel.notice, { kind: 'starting', text: 'the image is being pulled', seconds: 3 });
    await vi.advanceTimersByTimeAsync(40_000);

    expect(line.state).toEqual({ kind: 'starting', text: 'the image is being pulled' });
  });

  it('is given up after 25 s without a word, and tried again', async () => {
    const line = await new Line().start();
    await vi.advanceTimersByTimeAsync(25_000);

    expect(line.state).toMatchObject({ kind: 'waiting', why: { label: 'no_answer' } });
    await vi.advanceTimersByTimeAsync(500);
    expect(line.sockets).toHaveLength(2);
  });

  it('says while it is tried again why the last try failed', async () => {
    const line = await new Line().start();
    expect(line.state).toEqual({ kind: 'connecting', why: null });
    await vi.advanceTimersByTimeAsync(25_500);
    expect(line.state).toMatchObject({ kind: 'connecting', why: { label: 'no_answer' } });

    line.socket.accept().attach();
    line.socket.cut();
    await vi.advanceTimersByTimeAsync(1000);
    expect(line.state).toMatchObject({ kind: 'connecting', why: { label: 'connection_lost' } });
  });

  it('is tried again, with back-off, when nothing answers', async () => {
    const line = await new Line().start();
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      line.socket.cut();
      const state = line.state;
      const pause = state?.kind === 'waiting' && state.at !== null ? state.at - Date.now() : -1;
      pauses.push(pause);
      await vi.advanceTimersByTimeAsync(pause);
    }

    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
  });

  it('waits for no one whom the gateway refused for good', async () => {
    const line = new Line();
    line.address = () => Promise.reject(new AddressRefused({ code: 4401, label: 'token_expired', retry: 'never', afterMs: 0, attempt: null }));
    await line.start();

    expect(line.state).toMatchObject({ kind: 'over', why: { label: 'token_expired' } });
  });
});

describe('a connection that is lost', () => {
  it('goes on behind the last byte, each once', async () => {
    const line = await new Line().start();
    line.socket.accept().attach().print(0, 'one ').print(4, 'two ');
    line.socket.cut();
    await vi.advanceTimersByTimeAsync(500);
    line.socket.accept();

    expect(line.socket.json(Channel.hello)[0]).toMatchObject({ client: 'c1', from: 8, incarnation: 'i1' });
    line.socket.attach({ first: 0, last: 13 }).print(8, 'three');
    expect(line.text).toBe('one two three');
  });

  it('takes what comes twice once, and lets no hole pass', async () => {
    const line = await new Line().start();
    line.socket.accept().attach().print(0, 'abc').print(1, 'bcd').print(0, 'abcd');
    expect(line.text).toBe('abcd');

    line.socket.print(9, 'z');
    expect(line.text).toBe('abcd');
    expect(line.state).toMatchObject({ kind: 'waiting', why: { label: 'bad_frame', text: 'The server sent output from 9, where 4 comes next.' } });
  });

  it('begins anew with a snapshot, and asks for all of it again when it was cut within', async () => {
    const line = await new Line().start();
    line.socket.accept().attach().print(0, 'old');
    line.socket.say(Channel.snapshot, { begin: true, channel: 1, offset: 900, missing: 400, reason: 'passed' });
    line.socket.say(Channel.replay, Uint8Array.of(1, 65, 66));
    line.socket.cut();
    await vi.advanceTimersByTimeAsync(500);
    line.socket.accept();
    expect(line.socket.json(Channel.hello)[0]).toMatchObject({ from: null });

    line.socket.attach().say(Channel.snapshot, { begin: true, channel: 1, offset: 900, missing: 0, reason: 'joined' });
    line.socket.say(Channel.replay, Uint8Array.of(1, 67)).say(Channel.snapshot, { end: true, channel: 1 }).print(900, 'D');
    expect(line.text).toBe('CD');
    expect(line.log).toContain('snapshot passed 400');
  });

  it('forgets its offsets when the program was started anew', async () => {
    const line = await new Line().start();
    line.socket.accept().attach().print(0, 'old');
    line.socket.cut();
    await vi.advanceTimersByTimeAsync(500);
    line.socket.accept().attach({ incarnation: 'i2' });
    line.socket.cut();
    await vi.advanceTimersByTimeAsync(1000);
    line.socket.accept();

    expect(line.socket.json(Channel.hello)[0]).toMatchObject({ from: null, incarnation: 'i2' });
  });

  it('is noticed 5 s after something is typed into a silence', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    await vi.advanceTimersByTimeAsync(5_000);
    line.connection.type('l');
    await vi.advanceTimersByTimeAsync(3_000);
    line.connection.type('s');
    expect(line.state).toEqual({ kind: 'attached' });

    await vi.advanceTimersByTimeAsync(2_000);
    expect(line.state).toMatchObject({ kind: 'waiting', why: { label: 'no_answer' } });
  });

  it('is not doubted while it answers', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    await vi.advanceTimersByTimeAsync(5_000);
    line.connection.type('l');
    line.socket.say(Channel.ping);
    await vi.advanceTimersByTimeAsync(20_000);

    expect(line.state).toEqual({ kind: 'attached' });
  });

  it('is noticed after 50 s of silence, and not before while the server gives signs of life', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(20_000);
      line.socket.say(Channel.ping);
    }
    expect(line.state).toEqual({ kind: 'attached' });

    await vi.advanceTimersByTimeAsync(50_000);
    expect(line.sockets[0]?.closedWith).toBe(4000);
    expect(line.state).toMatchObject({ kind: 'waiting', why: { label: 'no_answer' } });
  });

  it('waits for the network, and comes back at once with it', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    line.online = false;
    line.socket.cut();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(line.state).toMatchObject({ kind: 'waiting', at: null });

    line.online = true;
    line.connection.wake();
    await settle();
    expect(line.sockets).toHaveLength(2);
  });

  it('is found dead soon after the page was woken', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    line.connection.wake();
    expect(line.socket.frames(Channel.ping)).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(line.state).toMatchObject({ kind: 'waiting' });
  });

  it('lives on after the page was woken when the server answers', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    line.connection.wake();
    line.socket.say(Channel.ping, line.socket.frames(Channel.ping)[0]!.subarray(1));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(line.state).toEqual({ kind: 'attached' });
  });

  it('is the first loss again once a connection held for 10 s', async () => {
    const line = await new Line().start();
    line.socket.cut();
    await vi.advanceTimersByTimeAsync(500);
    line.socket.cut();
    await vi.advanceTimersByTimeAsync(1000);
    line.socket.accept().attach();
    await vi.advanceTimersByTimeAsync(10_000);
    line.socket.cut();
    expect(line.state).toMatchObject({ kind: 'waiting', at: Date.now() + 500 });
  });
});

describe('what the server wants', () => {
  it.each([
    [4404, 'session_not_found; retry=never; attempt=abc', 'session_not_found'],
    [4409, 'replaced; retry=never', 'replaced'],
    [1000, 'exited; retry=never', 'exited'],
    [1008, '', 'code_1008'],
    [4403, '', 'code_4403'],
  ])('is obeyed: %i %s ends it', async (code, reason, label) => {
    const line = await new Line().start();
    line.socket.accept().attach();
    line.socket.cut(code, reason);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(line.sockets).toHaveLength(1);
    expect(line.state).toMatchObject({ kind: 'over', why: { code, label } });
  });

  it.each([
    [4600, 'draining; retry=now; attempt=abc', 500],
    [4429, 'upgrade_rate; retry=after:5s; attempt=abc', 5500],
    [4500, 'host_fault; retry=backoff', 500],
    [1001, '', 500],
    [4408, '', 500],
  ])('is obeyed: %i %s comes back in %i ms at the latest', async (code, reason, pause) => {
    const line = await new Line().start();
    line.socket.accept().attach();
    line.socket.cut(code, reason);
    expect(line.state).toMatchObject({ kind: 'waiting', at: Date.now() + pause });
  });

  it('does not come back after the exit, however the connection ends', async () => {
    const line = await new Line().start();
    line.socket.accept().attach().say(Channel.exit, { cause: 'exited', code: 3, signal: null, seconds: 2.5 });
    line.socket.cut(1006);
    expect(line.log).toContain('exit exited 3');
    expect(line.state).toMatchObject({ kind: 'over' });
  });

  it('is asked again by hand', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    line.socket.cut(4409, 'replaced; retry=never');
    line.connection.retryNow();
    await settle();
    expect(line.sockets).toHaveLength(2);
  });
});

describe('acknowledgements', () => {
  it('go out every 32 KiB of what was shown', async () => {
    const line = await new Line().start();
    line.showsAtOnce = false;
    line.socket.accept().attach().print(0, 'x'.repeat(16_384)).print(16_384, 'x'.repeat(16_384));
    await vi.advanceTimersByTimeAsync(1000);
    expect(line.socket.frames(Channel.ack)).toHaveLength(0);

    line.unshown.forEach((shown) => shown());
    expect(line.socket.frames(Channel.ack)).toEqual([Uint8Array.of(18, 1, 0, 0, 0, 0, 0, 0, 0x80, 0)]);
  });

  it('go out 50 ms after the last output, for each stream', async () => {
    const line = await new Line().start();
    line.socket.accept().attach({ tty: false }).print(0, 'out').print(0, 'error', Channel.errors);
    expect(line.socket.frames(Channel.ack)).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(50);
    expect(line.socket.frames(Channel.ack)).toEqual([Uint8Array.of(18, 1, 0, 0, 0, 0, 0, 0, 0, 3), Uint8Array.of(18, 2, 0, 0, 0, 0, 0, 0, 0, 5)]);
    expect(line.text).toBe('out!error');
  });

  it('never name an offset of another start', async () => {
    const line = await new Line().start();
    line.showsAtOnce = false;
    line.socket.accept().attach().print(0, 'x'.repeat(40_000));
    line.socket.say(Channel.snapshot, { begin: true, channel: 1, offset: 10, missing: 0, reason: 'incarnation' }).say(Channel.snapshot, { end: true, channel: 1 });
    line.unshown.forEach((shown) => shown());
    await vi.advanceTimersByTimeAsync(50);
    expect(line.socket.frames(Channel.ack)).toHaveLength(0);
  });
});

describe('a writer', () => {
  it('sends a paste in pieces of 32 KiB', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    expect(line.connection.type('ä'.repeat(20_000))).toBe(true);
    expect(line.socket.frames(Channel.input).map((frame) => frame.length - 1)).toEqual([32_768, 7_232]);
  });

  it('has no more under way than the server lets, and goes on as it is taken', async () => {
    const line = await new Line().start();
    line.socket.accept().attach({ inputWindow: 65_536 });
    expect(line.connection.type('x'.repeat(100_000))).toBe(true);
    expect(line.socket.frames(Channel.input)).toHaveLength(2);

    line.socket.say(Channel.ack, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80, 0));
    expect(line.socket.frames(Channel.input)).toHaveLength(3);
    line.socket.say(Channel.ack, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0));
    expect(line.socket.frames(Channel.input).reduce((sum, frame) => sum + frame.length - 1, 0)).toBe(100_000);
  });

  it('is refused what a program that reads nothing would let wait for ever', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    expect(line.connection.type('x'.repeat(3_000_000))).toBe(true);
    expect(line.connection.type('x'.repeat(3_000_000))).toBe(false);
  });

  it('hears how much of a paste was not sent when the connection is lost, once', async () => {
    const line = await new Line().start();
    line.socket.accept().attach({ inputWindow: 65_536 });
    line.connection.type('x'.repeat(100_000));
    line.socket.cut();
    await vi.advanceTimersByTimeAsync(20_000);
    line.socket.accept().attach().cut();

    expect(line.log.filter((entry) => entry.startsWith('unsent'))).toEqual(['unsent 34464']);
  });

  it('sends its size when it differs, once for all changes of 50 ms', async () => {
    const line = await new Line().start();
    line.socket.accept().attach({ columns: 100, rows: 30 });
    expect(line.socket.json(Channel.resize)).toEqual([{ Width: 80, Height: 24 }]);

    line.connection.resize(90, 20);
    line.connection.resize(120, 40);
    await vi.advanceTimersByTimeAsync(50);
    expect(line.socket.json(Channel.resize)).toEqual([
      { Width: 80, Height: 24 },
      { Width: 120, Height: 40 },
    ]);
  });

  it('who has lost the seat types nothing, and asks for it again', async () => {
    const line = await new Line().start();
    line.socket.accept().attach().say(Channel.notice, { kind: 'taken', role: 'read', fence: 2, user: 'bob', text: 'bob writes' });
    expect(line.connection.type('x')).toBe(false);
    line.connection.resize(120, 40);
    await vi.advanceTimersByTimeAsync(50);
    expect(line.socket.frames(Channel.resize)).toHaveLength(0);

    line.connection.takeOver();
    line.socket.say(Channel.notice, { kind: 'role', role: 'write', fence: 3, text: 'you write' });
    expect(line.socket.json(Channel.request)).toEqual([{ take: true }]);
    expect(line.socket.json(Channel.resize)).toEqual([{ Width: 120, Height: 40 }]);
    expect(line.connection.type('x')).toBe(true);
  });

  it('leaves with 1000, so that its seat is free', async () => {
    const line = await new Line().start();
    line.socket.accept().attach();
    line.connection.stop();
    expect(line.socket.closedWith).toBe(1000);
  });
});

describe('a server that is none', () => {
  it('is left, with what it sent', async () => {
    const line = await new Line().start();
    line.socket.accept();
    line.socket.sayText('hello');
    expect(line.state).toMatchObject({ kind: 'waiting', why: { label: 'bad_frame', text: 'The server sent text.' } });
  });

  it('may send channels that are not known yet', async () => {
    const line = await new Line().start();
    line.socket.accept().attach().say(99, Uint8Array.of(1, 2, 3)).print(0, 'ok');
    expect(line.text).toBe('ok');
  });
});
