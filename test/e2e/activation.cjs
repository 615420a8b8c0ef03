// Activates the built extension with a `vscode` that does nothing; prints what was called synchronously, and loaded.
const Module = require('node:module');
const file = process.argv[2];
const nothing = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === 'then' ? undefined : nothing),
  apply: () => nothing,
  construct: () => ({ dispose() {} }),
});
const load = Module._load;
Module._load = (name, ...more) => (name === 'vscode' ? nothing : load(name, ...more));
const calls = [];
const count = (owner, names) => {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function (...values) {
      const [, , caller] = new Error().stack.split('\n');
      if (caller.includes(file)) calls.push(name);
      return Reflect.apply(original, this, values);
    };
  }
};
for (const name of ['node:fs', 'node:child_process']) {
  const part = require(name);
  count(
    part,
    Object.keys(part).filter((each) => each.endsWith('Sync')),
  );
}
count(Atomics, ['wait']);
require(file).activate({
  subscriptions: [],
  secrets: { keys: () => Promise.resolve([]), onDidChange: () => nothing },
  workspaceState: { keys: () => [] },
});
const loaded = Object.keys(require.cache).filter((each) => each !== __filename);
console.log(JSON.stringify({ calls, loaded }));
