/** As a shell remembers lines: without doubles in a row, and with the one that is being typed at the end. */
export class Recall {
  private readonly lines: string[] = [];
  private at = 0;
  private draft = '';

  add(line: string): void {
    if (this.lines.at(-1) !== line) {
      this.lines.push(line);
    }
    this.at = this.lines.length;
    this.draft = '';
  }

  /** Null: there is none. */
  earlier(typed: string): string | null {
    if (this.at === 0) {
      return null;
    }
    if (this.at === this.lines.length) {
      this.draft = typed;
    }
    this.at -= 1;
    return this.lines[this.at] ?? null;
  }

  later(): string | null {
    if (this.at >= this.lines.length) {
      return null;
    }
    this.at += 1;
    return this.lines[this.at] ?? this.draft;
  }
}
