/** Whether what is written to the terminal is a replay: its answers to that are nobody's input. */
export class Replay {
  private current: object | null = null;

  get isUnderWay(): boolean {
    return this.current !== null;
  }

  begins(): void {
    this.current = {};
  }

  /** Also of one that was cut off. What it returns is called once all of it is on the screen; another replay may have begun by then. */
  ends(): () => void {
    const ended = this.current;
    return () => {
      if (this.current === ended) {
        this.current = null;
      }
    };
  }
}
