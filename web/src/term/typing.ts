import { inputFrames } from './frames.ts';

/** A paste of more than this, into a program that reads nothing, is refused: it would only fill the memory of the page. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** Input of one connection: never more under way than the server lets, so that acks and Ctrl-C pass in time. */
export class Typing {
  private readonly waiting: Uint8Array[] = [];
  /** Not sent yet, because the program reads slowly. */
  waitingBytes = 0;
  private sent = 0;
  private taken = 0;

  constructor(
    private readonly send: (frame: Uint8Array) => void,
    private readonly window: number,
  ) {}

  /** False: too much waits already; nothing of it was taken. */
  type(input: string | Uint8Array): boolean {
    const frames = inputFrames(input);
    const bytes = frames.reduce((sum, frame) => sum + frame.length - 1, 0);
    if (this.waitingBytes + bytes > MOST_WAITING_BYTES) {
      return false;
    }
    this.waiting.push(...frames);
    this.waitingBytes += bytes;
    this.go();
    return true;
  }

  /** So many bytes of this connection were taken by the program. */
  wasTaken(bytes: number): void {
    this.taken = Math.max(this.taken, bytes);
    this.go();
  }

  private go(): void {
    for (let next = this.waiting[0]; next !== undefined && this.sent + next.length - 1 - this.taken <= this.window; next = this.waiting[0]) {
      this.waiting.shift();
      this.waitingBytes -= next.length - 1;
      this.sent += next.length - 1;
      this.send(next);
    }
  }
}
