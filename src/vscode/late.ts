import { ok, type Result } from '../model/failure';

/** A part that is loaded with the first need of it, and once; where that failed, with the next need again. */
export class Late<T> {
  private loading: Promise<Result<T>> | undefined;
  private part: T | undefined;

  constructor(private readonly load: () => Promise<Result<T>>) {}

  /** Undefined until it is there. */
  get here(): T | undefined {
    return this.part;
  }

  need(): Promise<Result<T>> {
    if (this.part !== undefined) return Promise.resolve(ok(this.part));
    return (this.loading ??= this.load().then((loaded) => {
      if (loaded.ok) this.part = loaded.value;
      else this.loading = undefined;
      return loaded;
    }));
  }
}
