/** Contract: the server speaks every 20 s; silence of 50 s is a lost connection. */
const SILENCE_MS = 50_000;
/** For the answer to a ping of ours: ten times the slowest mobile round trip that is still of use. */
const ANSWER_MS = 5_000;

/** Watches over one connection by the clock on the wall: a browser lets the timers of hidden pages sleep. */
export class Vigil {
  private lastHeard = 0;
  private limit = SILENCE_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly lost: () => void) {}

  /** Anything came. */
  heard(): void {
    this.lastHeard = Date.now();
    this.limit = SILENCE_MS;
    this.timer ??= setTimeout(() => this.look(), SILENCE_MS);
  }

  /** Something was asked: the answer must come soon. */
  expect(): void {
    this.lastHeard = Date.now();
    this.limit = ANSWER_MS;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), ANSWER_MS);
  }

  /** Whoever types into a silence wants to know soon whether anybody is there. */
  ifQuiet(ask: () => void): void {
    if (Date.now() - this.lastHeard >= ANSWER_MS) {
      ask();
    }
  }

  rest(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private look(): void {
    this.timer = undefined;
    const left = this.lastHeard + this.limit - Date.now();
    if (left <= 0) {
      this.lost();
    } else {
      this.timer = setTimeout(() => this.look(), left);
    }
  }
}
