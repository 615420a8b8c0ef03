/** What `util.inspect`, and with it `console.log`, asks for; it looks at the target of a proxy, past every trap. */
const INSPECTED = Symbol.for('nodejs.util.inspect.custom');
const WHOLE = {
  configurable: true,
  value(this: readonly unknown[]) {
    return [...this];
  },
};

/** Every way to look at an array or to change it. */
const TRAPS = [
  'get',
  'has',
  'ownKeys',
  'getOwnPropertyDescriptor',
  'set',
  'defineProperty',
  'deleteProperty',
  'setPrototypeOf',
  'isExtensible',
  'preventExtensions',
] as const;

class Unmade {
  constructor(private readonly make: () => readonly unknown[]) {}

  /** Afterwards the proxy has no traps left: it is the frozen array. */
  fill(target: unknown[]): void {
    const made = this.make();
    Reflect.deleteProperty(target, INSPECTED);
    for (const element of made) target.push(element);
    Object.freeze(target);
    Object.setPrototypeOf(this, null);
  }
}

for (const trap of TRAPS) {
  Object.defineProperty(Unmade.prototype, trap, {
    value(this: Unmade, target: unknown[], ...rest: unknown[]): unknown {
      this.fill(target);
      return (Reflect[trap] as (...args: unknown[]) => unknown)(target, ...rest);
    },
  });
}

/**
 * An array that `make` gives when it is first looked at, the same and frozen from then on; until then it costs nothing.
 * It is an array to whoever looks at it; `structuredClone` alone wants a copy, `[...list]`.
 */
export function lazyArray<T>(make: () => readonly T[]): readonly T[] {
  const target: T[] = [];
  Object.defineProperty(target, INSPECTED, WHOLE);
  return new Proxy(target, new Unmade(make) as ProxyHandler<T[]>);
}
