import type { Attention, AttentionSource } from '../../src/model/attention';

/** The client's own machine, as far as its clock does not tell: its window and its network. */
export class SimulatedHost implements AttentionSource {
  private attention: Attention = { focused: true, visible: true };
  private networks = 0;
  private readonly listeners = new Set<() => void>();

  current(): Attention {
    return this.attention;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  attend(attention: Attention): void {
    this.attention = attention;
    for (const listener of this.listeners) listener();
  }

  get addresses(): string {
    return `network ${this.networks}`;
  }

  changeNetwork(): void {
    this.networks += 1;
  }
}
