const graph = require('xstate/graph');
module.exports = { ...graph, serializeState: graph.serializeSnapshot };
