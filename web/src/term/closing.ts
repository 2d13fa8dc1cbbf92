// Why a connection ended, and what the server wants next: `label; retry=…; attempt=…` in the reason of the close frame.

export type Retry = 'never' | 'now' | 'backoff' | 'after';

export interface Closing {
  /** Close code; 1006 when there was no close frame. */
  code: number;
  /** Name of the end reason, or of what this client saw: `connection_lost`, `no_answer`, `bad_frame`. */
  label: string;
  retry: Retry;
  /** With `after`: how long to stay away. */
  afterMs: number;
  /** To be asked for at `/_bascule/explain/ATTEMPT`. */
  attempt: string | null;
  /** Words of whoever refused, where there are any. */
  text?: string;
}

/** Ends that no second try mends: the protocol was broken, or the server does not want this client. */
const FATAL = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010]);

export function readClosing(code: number, reason: string): Closing {
  const parts = reason.split(';').map((part) => part.trim());
  const label = /^[a-z][a-z0-9_]*$/.test(parts[0] ?? '') ? parts[0]! : code === 1006 ? 'connection_lost' : `code_${code}`;
  const value = (name: string): string | null => parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
  const asked = value('retry');
  const attempt = value('attempt');
  if (code === 1000) {
    return { code, label, retry: 'never', afterMs: 0, attempt };
  }
  if (asked === 'never' || asked === 'now' || asked === 'backoff') {
    return { code, label, retry: asked, afterMs: 0, attempt };
  }
  const after = asked === null ? null : readAfter(asked);
  if (after !== null) {
    return { code, label, retry: 'after', afterMs: after, attempt };
  }
  return { code, label, retry: retryOf(code), afterMs: 0, attempt };
}

/** What the client itself saw; it tries again. */
export function ownClosing(label: string): Closing {
  return { code: 1006, label, retry: 'backoff', afterMs: 0, attempt: null };
}

/** `after:5s`, `after:1500ms`, `after:2m`. */
function readAfter(text: string): number | null {
  const match = /^after:(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) {
    return null;
  }
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h'];
}

/** For reasons that say nothing: of the client's own faults, only those that pass by themselves. */
function retryOf(code: number): Retry {
  if (FATAL.has(code)) {
    return 'never';
  }
  return code >= 4400 && code < 4500 && code !== 4408 && code !== 4429 ? 'never' : 'backoff';
}
