// Stands in for VS Code's native log writer, so that its log files exist without a compiler.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];
const NAMES = { warn: 3, ...Object.fromEntries(LEVELS.map((name, level) => [name, level])) };

class Logger {
  constructor(_kind, _name, file) {
    this.file = file;
    this.level = NAMES.info;
    this.bare = false;
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  setPattern() {
    this.bare = false;
  }
  clearFormatters() {
    this.bare = true;
  }
  flush() {}
  drop() {}
  write(level, message) {
    if (level < this.level) return;
    const line = this.bare ? message : `${timestamp()} [${LEVELS[level]}] ${message}\n`;
    try {
      fs.appendFileSync(this.file, line);
    } catch {
      // the folder goes away under a server that is being stopped
    }
  }
}

for (const [name, level] of Object.entries(NAMES)) {
  Logger.prototype[name] = function (message) {
    this.write(level, message);
  };
}

function timestamp() {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 23).replace('T', ' ');
}

async function createLogger(kind, name, file) {
  await fs.promises.mkdir(path.dirname(file), { recursive: true });
  fs.closeSync(fs.openSync(file, 'a'));
  return new Logger(kind, name, file);
}

exports.version = 0;
exports.Logger = Logger;
exports.setLevel = function () {};
exports.setFlushOn = function () {};
exports.createRotatingLogger = function (name, file) {
  return createLogger('rotating', name, file);
};
exports.createAsyncRotatingLogger = function (name, file) {
  return createLogger('rotating_async', name, file);
};
