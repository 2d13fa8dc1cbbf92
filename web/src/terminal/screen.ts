import { FitAddon } from '@xterm/addon-fit';
import { type ITheme, Terminal } from '@xterm/xterm';
import { allowStyles } from '../ui/strict.ts';
import { Replay } from './replay.ts';

/** Lines that can be scrolled back to: those of the 1 MiB that the gateway keeps, at 100 bytes each. */
const SCROLLBACK = 10_000;

const THEMES: Record<'dark' | 'light', ITheme> = {
  dark: { background: '#101418', foreground: '#e6e6e6', cursor: '#f2b632', selectionBackground: '#37506b' },
  light: {
    background: '#ffffff',
    foreground: '#1b1f23',
    cursor: '#1f3a5f',
    selectionBackground: '#b6d4f2',
    // The usual bright ones cannot be read on white.
    yellow: '#7a5c00',
    brightYellow: '#7a5c00',
    white: '#57606a',
    brightWhite: '#24292f',
    green: '#1a6b2d',
    brightGreen: '#1a6b2d',
    cyan: '#0b6e75',
    brightCyan: '#0b6e75',
  },
};

export interface ScreenEvents {
  typed(input: string | Uint8Array): void;
  resized(columns: number, rows: number): void;
}

/** xterm.js in its place on the page. */
export class TerminalScreen {
  private readonly terminal: Terminal;
  private readonly fitting = new FitAddon();
  private readonly light = window.matchMedia('(prefers-color-scheme: light)');
  /** Of another writer; null: as many as fit. */
  private fixed: { columns: number; rows: number } | null = null;
  private readonly replay = new Replay();

  /** @param leave called for Ctrl+Alt+B, since a terminal takes the Tab key for itself. */
  constructor(
    place: HTMLElement,
    private readonly events: ScreenEvents,
    leave: () => void,
  ) {
    allowStyles();
    this.terminal = new Terminal({
      scrollback: SCROLLBACK,
      cursorBlink: true,
      fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
      fontSize: 14,
      theme: this.theme(),
    });
    this.terminal.loadAddon(this.fitting);
    this.terminal.open(place);
    this.terminal.attachCustomKeyEventHandler((event) => {
      const leaves = event.ctrlKey && event.altKey && event.code === 'KeyB';
      if (leaves && event.type === 'keydown') {
        leave();
      }
      return !leaves;
    });
    // While a snapshot is shown, the terminal's answers to it are nobody's input.
    this.terminal.onData((text) => !this.replay.isUnderWay && events.typed(text));
    this.terminal.onBinary((text) => !this.replay.isUnderWay && events.typed(Uint8Array.from(text, (char) => char.charCodeAt(0))));
    this.light.addEventListener('change', () => (this.terminal.options.theme = this.theme()));
    this.fitting.fit();
    new ResizeObserver(() => this.fit()).observe(place);
    this.terminal.focus();
  }

  get columns(): number {
    return this.terminal.cols;
  }

  get rows(): number {
    return this.terminal.rows;
  }

  focus(): void {
    this.terminal.focus();
  }

  /** `shown` is called when all of it is on the screen. */
  write(bytes: Uint8Array, shown?: () => void): void {
    this.terminal.write(bytes, shown);
  }

  /** Empty, with all modes as at the start; answers to what follows are held back until `endReplay`. */
  beginReplay(): void {
    this.replay.begins();
    // RIS (ECMA-48 8.3.105), and not reset(): so it keeps its turn behind what is still being written.
    this.terminal.write('\x1bc');
  }

  /** Also of one whose connection was lost in the middle of it. */
  endReplay(): void {
    this.terminal.write('', this.replay.ends());
  }

  setReadOnly(isReadOnly: boolean): void {
    this.terminal.options.disableStdin = isReadOnly;
    this.terminal.options.cursorBlink = !isReadOnly;
  }

  /** Shows it as large as the writer has it, whatever fits here; null: as large as fits. */
  setSize(size: { columns: number; rows: number } | null): void {
    this.fixed = size;
    this.fit();
  }

  /** All lines that it still has, as text. */
  text(): string {
    const buffer = this.terminal.buffer.active;
    const lines: string[] = [];
    for (let y = 0; y < buffer.length; y++) {
      const line = buffer.getLine(y);
      const text = line?.translateToString(true) ?? '';
      if (line?.isWrapped === true && lines.length > 0) {
        lines[lines.length - 1] += text;
      } else {
        lines.push(text);
      }
    }
    return lines.join('\n').trimEnd();
  }

  private fit(): void {
    if (this.fixed !== null) {
      this.terminal.resize(this.fixed.columns, this.fixed.rows);
      return;
    }
    const { cols, rows } = this.terminal;
    this.fitting.fit();
    if (this.terminal.cols !== cols || this.terminal.rows !== rows) {
      this.events.resized(this.terminal.cols, this.terminal.rows);
    }
  }

  private theme(): ITheme {
    return THEMES[this.light.matches ? 'light' : 'dark'];
  }
}
