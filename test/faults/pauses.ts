/** Waits that all end together, so that nothing is left pending once its owner is gone. */
export class Pauses {
  private readonly waiting = new Set<() => void>();
  private over = false;

  /** `arm` may end the pause before its time. */
  pause(ms: number, arm: (end: () => void) => void = () => {}): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.waiting.add(end);
      arm(end);
    });
  }

  end(): void {
    this.over = true;
    for (const end of this.waiting) end();
  }
}
