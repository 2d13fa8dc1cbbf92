import type { GatewayApi } from '../api/gateway.ts';
import type { Closing } from '../term/closing.ts';
import { TermConnection } from '../term/connection.ts';
import { Channel, type Exit, type Stream } from '../term/frames.ts';
import type { ConnectionState } from '../term/surroundings.ts';
import { button, make } from '../ui/dom.ts';
import { newClientName, openSocket } from '../ui/network.ts';
import { duration, wordsOf, wordsOfExit } from '../ui/words.ts';
import { PlainText } from './plain.ts';

/** Of each command, so that a page with many of them stays quick: what a terminal keeps, too. */
const MOST_CHARACTERS = 1024 * 1024;
const TICK_MS = 100;

/** One command on the command page: what it writes, as it comes. */
export class Run {
  readonly element: HTMLElement;
  private readonly output = make('pre', 'output');
  private readonly status = make('span', 'status', 'starting');
  private readonly actions = make('span', 'actions');
  private readonly texts: Record<Stream, PlainText> = { [Channel.output]: new PlainText(), [Channel.errors]: new PlainText() };
  private readonly connection: TermConnection;
  private readonly stopButton = button('Stop', () => this.stop());
  private timer: ReturnType<typeof setInterval> | undefined;
  private startedAt = Date.now();
  private characters = 0;
  private isStopping = false;
  private isOver = false;

  constructor(
    private readonly api: GatewayApi,
    private readonly session: string,
    text: string,
  ) {
    this.status.setAttribute('role', 'status');
    this.actions.append(this.stopButton);
    const head = make('header', '', make('code', 'line', text), this.status, this.actions);
    this.element = make('article', 'run-card', head, this.output);
    this.output.tabIndex = 0;
    this.output.setAttribute('aria-label', `Output of ${text}`);
    this.connection = new TermConnection(
      {
        // A reload of the page forgets its runs.
        client: newClientName(),
        role: 'write',
        columns: 0,
        rows: 0,
        address: () => api.address(session, null),
        open: openSocket,
        isOnline: () => navigator.onLine,
        random: Math.random,
      },
      {
        state: (state) => this.showState(state),
        attached: () => this.attached(),
        output: (stream, bytes, shown) => {
          this.print(this.texts[stream].read(bytes), stream === Channel.errors ? 'stderr' : 'stdout');
          shown();
        },
        snapshotBegins: (_stream, missing) => missing > 0 && this.print(`… ${missing.toLocaleString('en')} bytes are missing here …\n`, 'missing'),
        replay: (stream, bytes) => this.print(this.texts[stream].read(bytes), 'stdout'),
        snapshotEnds: () => undefined,
        notice: (notice) => notice.seconds !== undefined && notice.kind !== 'starting' && this.say(notice.text),
        exit: (exit) => this.showExit(exit),
        role: () => undefined,
        unsent: () => undefined,
      },
    );
  }

  addAction(action: HTMLElement): void {
    this.actions.append(action);
  }

  start(): void {
    this.connection.start();
  }

  wake(): void {
    if (!this.isOver) {
      this.connection.wake();
    }
  }

  leave(): void {
    this.connection.stop();
  }

  comeBack(): void {
    if (!this.isOver) {
      this.connection.start();
    }
  }

  private attached(): void {
    // Nobody types here: a command that reads its input finds its end.
    this.connection.closeInput();
    if (this.timer === undefined) {
      this.startedAt = Date.now();
      this.timer = setInterval(() => this.showTime(), TICK_MS);
    }
  }

  /** Asks first; the second time it does not ask. */
  private stop(): void {
    this.connection.signal(this.isStopping ? 'SIGKILL' : 'SIGINT');
    this.isStopping = true;
    this.stopButton.textContent = 'Stop at once';
  }

  private showState(state: ConnectionState): void {
    if (this.isOver) {
      return;
    }
    if (state.kind === 'starting') {
      this.say(`starting: ${state.text}`);
    } else if (state.kind === 'waiting') {
      this.say(`${wordsOf(state.why)} It is tried again; no output is lost.`);
    } else if (state.kind === 'over') {
      void this.finishWithout(state.why);
    }
  }

  private showTime(): void {
    if (this.connection.isAttached) {
      this.say(`running for ${duration((Date.now() - this.startedAt) / 1000)}`);
    }
  }

  private showExit(exit: Exit): void {
    for (const stream of [Channel.output, Channel.errors] as const) {
      this.print(this.texts[stream].end(), stream === Channel.errors ? 'stderr' : 'stdout');
    }
    this.finish(exit.cause === 'exited' && exit.code === 0 ? 'good' : 'failed', wordsOfExit(exit));
  }

  /** It ended where this page could not be told: before it ran, or with its host. The gateway knows. */
  private async finishWithout(why: Closing): Promise<void> {
    try {
      const { end } = await this.api.find(this.session);
      this.finish('failed', end === undefined || end === null ? wordsOf(why) : `${end.text.replace(/\.$/, '')}. ${end.advice}`);
    } catch {
      this.finish('failed', wordsOf(why));
    }
  }

  private finish(outcome: 'good' | 'failed', words: string): void {
    this.isOver = true;
    clearInterval(this.timer);
    this.stopButton.remove();
    this.element.classList.add(outcome);
    this.say(words);
  }

  private say(words: string): void {
    this.status.textContent = words;
  }

  /** Pieces of one stream that follow each other are one element. */
  private print(text: string, kind: 'stdout' | 'stderr' | 'missing'): void {
    if (text === '') {
      return;
    }
    const follows = this.output.scrollTop + this.output.clientHeight >= this.output.scrollHeight - 4;
    const last = this.output.lastElementChild;
    if (last?.className === kind && (last.lastChild as Text).length < 16_384) {
      (last.lastChild as Text).appendData(text);
    } else {
      this.output.append(make('span', kind, text));
    }
    this.characters += text.length;
    this.forget();
    if (follows) {
      this.output.scrollTop = this.output.scrollHeight;
    }
  }

  private forget(): void {
    while (this.characters > MOST_CHARACTERS && this.output.childElementCount > 1) {
      const first = this.output.firstElementChild!;
      this.characters -= first.textContent?.length ?? 0;
      first.remove();
      this.element.classList.add('is-cut');
    }
  }
}
