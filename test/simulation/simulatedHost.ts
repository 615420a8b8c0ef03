import type { WindowActivity, WindowActivitySource } from '../../src/model/windowActivity';

/** The client's own machine, as far as its clock does not tell: its window and its network. */
export class SimulatedHost implements WindowActivitySource {
  private windowActivity: WindowActivity = { focused: true, visible: true };
  private networks = 0;
  private readonly listeners = new Set<() => void>();

  current(): WindowActivity {
    return this.windowActivity;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  attend(windowActivity: WindowActivity): void {
    this.windowActivity = windowActivity;
    for (const listener of this.listeners) listener();
  }

  get addresses(): string {
    return `network ${this.networks}`;
  }

  changeNetwork(): void {
    this.networks += 1;
  }
}
