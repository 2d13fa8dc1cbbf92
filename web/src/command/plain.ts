// Output of commands as plain text: colours and cursor movements are for terminals.

/** ECMA-48: CSI sequences, OSC and other strings up to their end, and two-character escapes. */
const SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][\s\S]*?(?:\x07|\x1b\\)|[ -/]*[0-~])/g;
/** The start of one that has not ended yet. A string of more than this is taken for text. */
const MOST_PENDING = 4096;
const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|[\]PX^_](?:(?!\x07|\x1b\\)[\s\S])*|[ -/]*)?$/;

/** One stream, in pieces that may end anywhere. */
export class PlainText {
  private readonly decoder = new TextDecoder();
  private pending = '';

  read(bytes: Uint8Array): string {
    return this.clean(this.decoder.decode(bytes, { stream: true }));
  }

  /** What is left at the end. */
  end(): string {
    const rest = this.clean(this.decoder.decode());
    const last = this.pending;
    this.pending = '';
    return rest + last.replaceAll('\x1b', '');
  }

  private clean(text: string): string {
    const all = this.pending + text;
    const unfinished = UNFINISHED.exec(all);
    const cut = unfinished !== null && all.length - unfinished.index <= MOST_PENDING ? unfinished.index : all.length;
    this.pending = all.slice(cut);
    return all.slice(0, cut).replace(SEQUENCES, '').replaceAll('\r\n', '\n').replaceAll('\x1b', '');
  }
}
