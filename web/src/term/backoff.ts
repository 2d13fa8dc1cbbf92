import type { Closing } from './closing.ts';

const FIRST_MS = 500;
const LONGEST_MS = 20_000;
/** Many clients that are sent away at once come back over this time. */
const NOW_SPREAD_MS = 500;

/** How long to wait before the next try: full jitter, so that clients of one outage do not come back together. */
export class Backoff {
  private failures = 0;

  constructor(private readonly random: () => number) {}

  get tries(): number {
    return this.failures;
  }

  /** The connection was good for a while: the next loss is a first one again. */
  reset(): void {
    this.failures = 0;
  }

  /** Null: the server does not want this client again. */
  next(why: Closing): number | null {
    if (why.retry === 'never') {
      return null;
    }
    const longest = why.retry === 'now' && this.failures === 0 ? NOW_SPREAD_MS : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.failures, 16));
    this.failures += 1;
    return Math.round(why.afterMs + this.random() * longest);
  }
}
