import type { Closing, Retry } from '../term/closing.ts';
import { type Address, AddressRefused } from '../term/surroundings.ts';

/** A session as the gateway lists it; fields that pages do not show are left out. */
export interface Session {
  id: string;
  name?: string;
  profile: string;
  command: string[];
  tty: boolean;
  state: 'starting' | 'running' | 'ended';
  createdAt: string;
  end?: { label: string; text: string; advice: string; exitCode?: number | null } | null;
}

/** What sessions can be made of. */
export interface Profile {
  name: string;
  command: string[];
  tty: boolean;
  /** Words that a command of one's own may begin with; `*`: any; empty: none. */
  allow: string[];
}

export interface SessionList {
  sessions: Session[];
  profiles: Profile[];
}

export interface SessionWish {
  profile?: string;
  commandText?: string;
  /** Without it, as the profile says. */
  tty?: boolean;
  columns?: number;
  rows?: number;
}

/** The gateway said no, or did not answer (status 0). */
export class ApiRefusal extends Error {
  constructor(
    readonly status: number,
    readonly label: string,
    message: string,
    readonly attempt: string | null,
    private readonly retryAfterSeconds: number,
  ) {
    super(message);
  }

  /** Whether a token is missing, or another one is needed. */
  get wantsToken(): boolean {
    return this.status === 401;
  }

  asClosing(): Closing {
    const again: Retry = this.retryAfterSeconds > 0 ? 'after' : 'backoff';
    const retry: Retry = this.status === 0 || this.status === 429 || this.status >= 500 ? again : 'never';
    return { code: 4000 + this.status, label: this.label, retry, afterMs: this.retryAfterSeconds * 1000, attempt: this.attempt, text: this.message };
  }
}

/** The gateway that this page came from. */
export class GatewayApi {
  constructor(readonly token: string | null) {}

  async list(): Promise<SessionList> {
    const answer = (await this.ask('GET', '/api/sessions')) as Partial<SessionList>;
    return { sessions: answer.sessions ?? [], profiles: answer.profiles ?? [] };
  }

  find(id: string): Promise<Session> {
    return this.ask('GET', `/api/sessions/${encodeURIComponent(id)}`) as Promise<Session>;
  }

  create(wish: SessionWish): Promise<Session> {
    return this.ask('POST', '/api/sessions', wish) as Promise<Session>;
  }

  async remove(id: string): Promise<void> {
    await this.ask('DELETE', `/api/sessions/${encodeURIComponent(id)}`);
  }

  /** Where a session is attached, with a ticket in place of the token: addresses end up in logs. */
  async address(session: string, link: string | null): Promise<Address> {
    const url = new URL('/terminal', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('session', session);
    if (link !== null) {
      url.searchParams.set('link', link);
    }
    if (this.token === null) {
      return { url: url.href, protocols: [] };
    }
    try {
      const { ticket } = (await this.ask('POST', '/api/tickets')) as { ticket: string };
      return { url: url.href, protocols: [`ticket.${ticket}`] };
    } catch (e) {
      if (e instanceof ApiRefusal) {
        throw new AddressRefused(e.asClosing());
      }
      throw e;
    }
  }

  private async ask(method: string, path: string, body?: object): Promise<unknown> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (this.token !== null) {
      headers.Authorization = `Bearer ${this.token}`;
    }
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json';
    }
    let answer: Response;
    try {
      answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: 'no-store' });
    } catch {
      throw new ApiRefusal(0, 'connection_lost', 'The gateway cannot be reached.', null, 0);
    }
    if (!answer.ok) {
      throw await readRefusal(answer);
    }
    return answer.status === 204 ? null : await readAnswer(answer);
  }
}

async function readAnswer(answer: Response): Promise<unknown> {
  try {
    return (await answer.json()) as unknown;
  } catch {
    throw notOfAGateway(answer, 0);
  }
}

function notOfAGateway(answer: Response, retryAfter: number): ApiRefusal {
  return new ApiRefusal(answer.status, `status_${answer.status}`, `The server answered ${answer.status}, and not as a gateway does.`, answer.headers.get('X-Bascule-Attempt'), retryAfter);
}

/** RFC 9457 problems, as the gateway writes them; or whatever stands before it. */
async function readRefusal(answer: Response): Promise<ApiRefusal> {
  const text = await answer.text();
  const attempt = answer.headers.get('X-Bascule-Attempt');
  const seconds = Number(answer.headers.get('Retry-After') ?? '0');
  const retryAfter = Number.isFinite(seconds) ? seconds : 0;
  try {
    const problem = JSON.parse(text) as { title?: string; detail?: string; label?: string; advice?: string };
    const words = [problem.title, problem.detail ?? problem.advice].filter((part) => part !== undefined && part !== '').map((part) => `${part!.replace(/\.$/, '')}.`);
    return new ApiRefusal(answer.status, problem.label ?? `status_${answer.status}`, words.join(' '), attempt, retryAfter);
  } catch {
    return notOfAGateway(answer, retryAfter);
  }
}
