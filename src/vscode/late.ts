import { ok, type Result } from '../model/failure';

/** A part that is loaded with the first need of it, and once; where that failed, with the next need again. */
export class Late<T> {
  private loading: Promise<Result<T>> | undefined;
  private part: T | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly load: () => Promise<Result<T>>) {}

  /** Undefined until it is there. */
  get here(): T | undefined {
    return this.part;
  }

  need(): Promise<Result<T>> {
    if (this.part !== undefined) return Promise.resolve(ok(this.part));
    return (this.loading ??= this.load().then((loaded) => {
      if (loaded.ok) this.came(loaded.value);
      else this.loading = undefined;
      return loaded;
    }));
  }

  /** Called once, when it is there, whoever needed it; no need itself. Returns the end of the waiting. */
  whenHere(listener: (part: T) => void): () => void {
    const tell = () => {
      if (this.part !== undefined) listener(this.part);
    };
    if (this.part === undefined) this.waiting.add(tell);
    else tell();
    return () => void this.waiting.delete(tell);
  }

  private came(part: T): void {
    this.part = part;
    for (const tell of this.waiting) tell();
    this.waiting.clear();
  }
}
