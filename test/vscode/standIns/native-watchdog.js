'use strict';
exports.start = function () {};
exports.exit = function (code) {
  process.exit(code || 0);
};
