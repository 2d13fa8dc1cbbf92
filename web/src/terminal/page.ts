import type { GatewayApi } from '../api/gateway.ts';
import { TermConnection } from '../term/connection.ts';
import type { Attached, Exit, Notice, Role } from '../term/frames.ts';
import type { ConnectionState } from '../term/surroundings.ts';
import { Banner } from '../ui/banner.ts';
import { part } from '../ui/dom.ts';
import { clientName, onWaking, openSocket } from '../ui/network.ts';
import { askForToken } from '../ui/token-form.ts';
import { wordsOfExit } from '../ui/words.ts';
import { TerminalScreen } from './screen.ts';

/** How long a notice stays that says what happened, and not what will. */
const NOTICE_MS = 6_000;

const LASTING = new Set(['idle', 'maximum_life', 'deadline', 'host_stopping']);

/** One session in the terminal. */
export class TerminalPage {
  private readonly notice = part('notice', HTMLElement);
  private readonly writer = part('writer', HTMLElement);
  private readonly take = part('take', HTMLButtonElement);
  private readonly banner = new Banner(part('banner', HTMLElement), () => this.connection.retryNow());
  private readonly screen: TerminalScreen;
  private readonly connection: TermConnection;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;
  private exit: Exit | null = null;
  private writerName: string | null = null;
  private isConnected = false;

  constructor(
    private readonly api: GatewayApi,
    private readonly session: string,
    private readonly wish: { link: string | null; readOnly: boolean },
  ) {
    const place = part('screen', HTMLElement);
    place.hidden = false;
    this.screen = new TerminalScreen(
      place,
      { typed: (input) => this.typed(input), resized: (columns, rows) => this.connection.resize(columns, rows) },
      () => document.querySelector<HTMLElement>('.bar a, .bar button')?.focus(),
    );
    this.connection = new TermConnection(
      {
        client: clientName(session),
        role: wish.readOnly ? 'read' : 'write',
        columns: this.screen.columns,
        rows: this.screen.rows,
        address: () => this.api.address(this.session, this.wish.link),
        open: openSocket,
        isOnline: () => navigator.onLine,
        random: Math.random,
      },
      {
        state: (state) => this.showState(state),
        attached: (attached) => this.attached(attached),
        output: (_stream, bytes, shown) => this.screen.write(bytes, shown),
        snapshotBegins: (_stream, missing) => this.snapshotBegins(missing),
        replay: (_stream, bytes) => this.screen.write(bytes),
        snapshotEnds: () => this.screen.endReplay(),
        notice: (notice) => this.showNotice(notice),
        exit: (exit) => this.showExit(exit),
        role: (role) => this.showRole(role),
        unsent: (bytes) => this.say(`${bytes.toLocaleString('en')} bytes of what was pasted were not sent: the connection was lost.`, true),
      },
    );
  }

  show(): void {
    document.title = `${this.session.slice(0, 8)} · Bascule`;
    part('title', HTMLElement).textContent = `Session ${this.session.slice(0, 8)}`;
    this.take.addEventListener('click', () => {
      this.connection.takeOver();
      this.screen.focus();
    });
    const copy = part('copy', HTMLButtonElement);
    copy.hidden = false;
    copy.addEventListener('click', () => void this.copyAll());
    onWaking(() => this.connection.wake());
    window.addEventListener('offline', () => this.banner.offline());
    window.addEventListener('online', () => this.isConnected && this.banner.say());
    // Says goodbye: without it the seat of the writer would be held for somebody who has left.
    window.addEventListener('pagehide', () => this.connection.stop());
    window.addEventListener('pageshow', (event) => event.persisted && this.connection.start());
    this.connection.start();
  }

  private typed(input: string | Uint8Array): void {
    if (!this.connection.type(input) && this.exit === null && !this.connection.isAttached) {
      this.say('Not connected: what is typed now is not sent.');
    }
  }

  private attached(attached: Attached): void {
    this.screen.endReplay();
    this.writerName = attached.writer;
    // Role and size come together: who reads sees the terminal as the writer has it.
    this.screen.setSize(attached.role === 'write' ? null : { columns: attached.columns, rows: attached.rows });
    if (attached.role === 'write') {
      this.connection.resize(this.screen.columns, this.screen.rows);
    }
  }

  private snapshotBegins(missing: number): void {
    this.screen.beginReplay();
    if (missing > 0) {
      this.say(`${missing.toLocaleString('en')} bytes of output went by while this page was away, and are lost to it.`);
    }
  }

  private showState(state: ConnectionState): void {
    this.isConnected = state.kind === 'attached';
    if (state.kind === 'over' && this.exit !== null) {
      this.banner.say(`The session is over: ${wordsOfExit(this.exit)}.`, startAnother());
    } else {
      this.banner.show(state);
    }
    if (state.kind === 'over' && (state.why.code === 4401 || state.why.label === 'not_authenticated')) {
      askForToken();
    }
  }

  private showExit(exit: Exit): void {
    this.exit = exit;
    this.screen.setReadOnly(true);
    this.take.hidden = true;
    this.writer.textContent = '';
    this.banner.say(`The session is over: ${wordsOfExit(exit)}.`, startAnother());
  }

  private showNotice(notice: Notice): void {
    if (notice.kind === 'size' && this.connection.role !== 'write' && notice.columns !== undefined && notice.rows !== undefined) {
      this.screen.setSize({ columns: notice.columns, rows: notice.rows });
    }
    if (notice.kind === 'taken' || notice.kind === 'occupied') {
      this.writerName = notice.user ?? null;
    }
    if (notice.kind === 'free') {
      this.writerName = null;
      this.showRole(this.connection.role);
    }
    if (notice.kind !== 'starting' && notice.kind !== 'size') {
      this.say(notice.text, LASTING.has(notice.kind));
    }
  }

  private showRole(role: Role): void {
    const writes = role === 'write' && this.exit === null;
    this.screen.setReadOnly(!writes);
    if (writes) {
      this.screen.setSize(null);
      this.connection.resize(this.screen.columns, this.screen.rows);
    }
    this.take.hidden = writes || this.wish.readOnly || this.exit !== null;
    this.take.textContent = this.writerName === null ? 'Write' : 'Take over';
    this.writer.textContent = writes ? '' : this.writerName === null ? 'read only' : `read only; ${this.writerName === '' ? 'somebody else' : this.writerName} writes`;
  }

  private say(text: string, stays = false): void {
    clearTimeout(this.noticeTimer);
    this.notice.textContent = text;
    this.notice.hidden = false;
    if (!stays) {
      this.noticeTimer = setTimeout(() => (this.notice.hidden = true), NOTICE_MS);
    }
  }

  private async copyAll(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.screen.text());
      this.say('Copied.');
    } catch {
      this.say('The browser does not let this page copy. Over https it may ask you.');
    }
    this.screen.focus();
  }
}

function startAnother(): HTMLAnchorElement {
  const link = document.createElement('a');
  link.href = '/terminal';
  link.textContent = 'Start another one';
  return link;
}
