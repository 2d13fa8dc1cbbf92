import type { Closing } from '../term/closing.ts';
import type { ConnectionState } from '../term/surroundings.ts';
import { button, make } from './dom.ts';
import { wordsOf } from './words.ts';

const SECOND_MS = 1000;

/** Says why the page is not connected, and when it tries again. Empty while all is well. */
export class Banner {
  private timer: ReturnType<typeof setInterval> | undefined;

  /** @param retry what «try now» does. */
  constructor(
    private readonly place: HTMLElement,
    private readonly retry: () => void,
  ) {}

  show(state: ConnectionState): void {
    clearInterval(this.timer);
    switch (state.kind) {
      case 'attached':
        return this.say();
      case 'connecting':
        return state.why === null ? this.say('Connecting…') : this.say(wordsOf(state.why), 'Connecting again…', ...this.explanation(state.why));
      case 'starting':
        return this.say(`The session is starting: ${state.text}`);
      case 'waiting':
        return state.at === null ? this.offline() : this.countDown(state.why, state.at);
      case 'over':
        return this.say(wordsOf(state.why), ...this.explanation(state.why), button('Connect again', this.retry));
    }
  }

  /** The device says that it has no network; the connection may still come through. */
  offline(): void {
    clearInterval(this.timer);
    this.say('This device has no network. The page connects again as soon as there is one; no output is lost.', button('Try now', this.retry));
  }

  say(...content: (string | Node)[]): void {
    this.place.replaceChildren(...content.map((item) => (typeof item === 'string' ? make('span', '', item) : item)));
    this.place.hidden = content.length === 0;
  }

  private countDown(why: Closing, at: number): void {
    const left = make('span', 'countdown');
    // Out of what is read aloud: a screen reader would speak every second.
    left.setAttribute('aria-hidden', 'true');
    const tick = (): void => void (left.textContent = `Next try in ${Math.max(0, Math.ceil((at - Date.now()) / SECOND_MS))} s.`);
    tick();
    this.timer = setInterval(tick, SECOND_MS);
    this.say(wordsOf(why), left, button('Try now', this.retry), ...this.explanation(why));
  }

  /** The gateway keeps the story of each attempt. */
  private explanation(why: Closing): Node[] {
    if (why.attempt === null) {
      return [];
    }
    const link = make('a', '', 'Why?');
    link.href = `/_bascule/explain/${encodeURIComponent(why.attempt)}`;
    link.target = '_blank';
    link.rel = 'noreferrer';
    return [link];
  }
}
