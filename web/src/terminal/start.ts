import { ApiRefusal, type GatewayApi, type Profile, type Session } from '../api/gateway.ts';
import { button, make, part } from '../ui/dom.ts';
import { askForToken } from '../ui/token-form.ts';

/** Where to go from without a session: start one, or open one of one's own. */
export class StartPage {
  private readonly banner = part('banner', HTMLElement);
  private readonly profile = part('profile', HTMLSelectElement);
  private readonly command = part('command', HTMLInputElement);
  private readonly list = part('sessions', HTMLUListElement);
  private profiles: Profile[] = [];

  constructor(private readonly api: GatewayApi) {}

  async show(): Promise<void> {
    part('start', HTMLElement).hidden = false;
    part('create', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.create();
    });
    this.profile.addEventListener('change', () => this.showCommand());
    await this.refresh();
  }

  private async refresh(): Promise<void> {
    await this.tell(async () => {
      const { sessions, profiles } = await this.api.list();
      // What has no terminal is for the command page.
      this.profiles = profiles.filter((profile) => profile.tty);
      this.profile.replaceChildren(...this.profiles.map((profile) => new Option(profile.name)));
      this.showCommand();
      part('start-button', HTMLButtonElement).disabled = this.profiles.length === 0;
      this.list.replaceChildren(...sessions.map((session) => this.row(session)));
      if (sessions.length === 0) {
        this.list.append(make('li', 'hint', 'None yet.'));
      }
    });
  }

  /** A field for what may be typed in it, and no other. */
  private showCommand(): void {
    const profile = this.profiles.find((candidate) => candidate.name === this.profile.value);
    const isFree = (profile?.allow.length ?? 0) > 0;
    this.command.hidden = part('command-label', HTMLElement).hidden = !isFree;
    this.command.placeholder = profile?.command.join(' ') ?? '';
  }

  private row(session: Session): HTMLLIElement {
    const open = make('a', 'open', session.name !== undefined && session.name !== '' ? session.name : session.id);
    open.href = `/terminal?session=${encodeURIComponent(session.id)}`;
    const row = make(
      'li',
      session.state,
      open,
      make('code', '', session.command.join(' ')),
      make('span', 'state', stateOf(session)),
      button('Delete', () => void this.remove(session.id)),
    );
    return row;
  }

  private async create(): Promise<void> {
    await this.tell(async () => {
      const commandText = this.command.hidden ? '' : this.command.value.trim();
      const session = await this.api.create({ profile: this.profile.value || undefined, commandText: commandText === '' ? undefined : commandText });
      location.assign(`/terminal?session=${encodeURIComponent(session.id)}`);
    });
  }

  private async remove(id: string): Promise<void> {
    await this.tell(() => this.api.remove(id));
    await this.refresh();
  }

  private async tell(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (e) {
      if (!(e instanceof ApiRefusal)) {
        throw e;
      }
      this.banner.textContent = e.message;
      this.banner.hidden = false;
      if (e.wantsToken) {
        askForToken();
      }
    }
  }
}

function stateOf(session: Session): string {
  const end = session.end;
  return end === undefined || end === null ? session.state : `${end.label.replaceAll('_', ' ')}${typeof end.exitCode === 'number' ? ` ${end.exitCode}` : ''}`;
}
