import { FrameFault } from './frames.ts';

/** Offset behind the last byte of a frame. */
export interface Place {
  readonly end: number;
  readonly epoch: number;
}

/** Contract: an ack every 32 KiB. */
const ACK_BYTES = 32 * 1024;

/**
 * How much of one stream this client has. `received` is what was handed on, to be shown exactly once; `shown` is what is acknowledged.
 * Null: nothing that could be gone on from.
 */
export class Position {
  private received: number | null = null;
  private shown = 0;
  private acked = 0;
  private afterSnapshot: number | null = null;
  private epoch = 0;

  /** For the next hello: the offset behind the last byte. Half a snapshot is nothing: it has to come again as a whole. */
  get from(): number | null {
    return this.received;
  }

  /** The part of the frame that is new, and what to give to `wasShown`; null when all of it is known. */
  take(offset: number, bytes: Uint8Array): { fresh: Uint8Array; place: Place } | null {
    const have = this.received ?? offset;
    if (offset > have) {
      throw new FrameFault(`output from ${offset}, where ${have} comes next`);
    }
    const end = offset + bytes.length;
    if (end <= have) {
      this.received = have;
      return null;
    }
    this.received = end;
    return { fresh: bytes.subarray(have - offset), place: { end, epoch: this.epoch } };
  }

  /** Offsets that it knows mean nothing any more. */
  forget(): void {
    this.epoch += 1;
    this.received = null;
    this.shown = this.acked = 0;
  }

  snapshotBegins(offset: number): void {
    this.forget();
    this.afterSnapshot = offset;
  }

  snapshotEnds(): void {
    if (this.afterSnapshot === null) {
      throw new FrameFault('the end of a snapshot that did not begin');
    }
    this.received = this.shown = this.acked = this.afterSnapshot;
    this.afterSnapshot = null;
  }

  /** All before the place is on the screen. Returns whether an ack is due at once, and not only soon. */
  wasShown(place: Place): boolean {
    // From before a snapshot: its offsets may be those of another start.
    if (place.epoch !== this.epoch) {
      return false;
    }
    this.shown = Math.max(this.shown, place.end);
    return this.shown - this.acked >= ACK_BYTES;
  }

  /** What to acknowledge now; null: nothing new. */
  ack(): number | null {
    if (this.shown <= this.acked) {
      return null;
    }
    this.acked = this.shown;
    return this.acked;
  }

  /** A new connection began with `from` in its hello, which acknowledges all before it. */
  resumed(): void {
    this.afterSnapshot = null;
    this.acked = Math.max(this.acked, this.received ?? 0);
  }
}
