import { ApiRefusal, type GatewayApi } from '../api/gateway.ts';
import { button, part } from '../ui/dom.ts';
import { onWaking } from '../ui/network.ts';
import { askForToken } from '../ui/token-form.ts';
import { Recall } from './recall.ts';
import { Run } from './run.ts';

/** Type a command, see its output, its exit code and how long it took. */
export class CommandPage {
  private readonly banner = part('banner', HTMLElement);
  private readonly line = part('line', HTMLInputElement);
  private readonly profile = part('profile', HTMLSelectElement);
  private readonly place = part('runs', HTMLElement);
  private readonly recall = new Recall();
  private readonly runs: Run[] = [];
  private creating = Promise.resolve();

  constructor(private readonly api: GatewayApi) {}

  async show(): Promise<void> {
    part('run', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.run(this.line.value.trim());
    });
    this.line.addEventListener('keydown', (event) => this.recallBy(event));
    onWaking(() => this.runs.forEach((run) => run.wake()));
    window.addEventListener('pagehide', () => this.runs.forEach((run) => run.leave()));
    window.addEventListener('pageshow', (event) => event.persisted && this.runs.forEach((run) => run.comeBack()));
    await this.tell(async () => {
      const { profiles } = await this.api.list();
      // Only where a command may be typed.
      const fitting = profiles.filter((profile) => profile.allow.length > 0);
      this.profile.replaceChildren(...fitting.map((profile) => new Option(profile.name)));
      this.profile.hidden = part('profile-label', HTMLElement).hidden = fitting.length < 2;
      this.line.disabled = part('run-button', HTMLButtonElement).disabled = fitting.length === 0;
      this.line.focus();
      if (fitting.length === 0) {
        throw new ApiRefusal(0, 'no_profile', 'No profile of this gateway lets you give a command of your own: none has `allow`.', null, 0);
      }
    });
  }

  private async run(text: string): Promise<void> {
    if (text === '') {
      return;
    }
    this.recall.add(text);
    this.line.value = '';
    const profile = this.profile.value;
    // One after the other, so that they stand in the order in which they were typed.
    this.creating = this.creating.then(() => this.create(profile, text));
    await this.creating;
  }

  private async create(profile: string, text: string): Promise<void> {
    await this.tell(async () => {
      // Without a terminal, errors stay apart from the output.
      const session = await this.api.create({ profile, commandText: text, tty: false });
      const run = new Run(this.api, session.id, text);
      run.addAction(button('Again', () => void this.run(text)));
      this.runs.push(run);
      this.place.prepend(run.element);
      run.start();
      this.banner.hidden = true;
    });
  }

  private recallBy(event: KeyboardEvent): void {
    const found = event.key === 'ArrowUp' ? this.recall.earlier(this.line.value) : event.key === 'ArrowDown' ? this.recall.later() : null;
    if (found !== null) {
      event.preventDefault();
      this.line.value = found;
      this.line.setSelectionRange(found.length, found.length);
    }
  }

  private async tell(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (e) {
      // Whatever it is, a proxy that answers with a page of its own for example: the next command has its turn.
      this.banner.textContent = e instanceof Error ? e.message : String(e);
      this.banner.hidden = false;
      if (e instanceof ApiRefusal && e.wantsToken) {
        askForToken();
      }
    }
  }
}
