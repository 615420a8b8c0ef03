/** Timers that end together, so that a stopped server leaves none behind. */
export class Timers {
  private readonly running = new Set<NodeJS.Timeout>();

  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(() => {
      this.running.delete(timer);
      run();
    }, ms);
    return this.keep(timer);
  }

  every(ms: number, run: () => void): () => void {
    return this.keep(setInterval(run, ms));
  }

  clear(): void {
    for (const timer of this.running) clearTimeout(timer);
    this.running.clear();
  }

  private keep(timer: NodeJS.Timeout): () => void {
    this.running.add(timer);
    return () => {
      this.running.delete(timer);
      clearTimeout(timer);
    };
  }
}
