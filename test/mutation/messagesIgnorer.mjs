/** What is there to be read: descriptions of states, details of failures, messages of errors, lines of the log. */
const PROPERTIES = new Set(['description', 'detail']);
const LOGS = new Set(['log', 'httpLog', 'sessionLog', 'channelLog']);

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'words',
    value: {
      shouldIgnore(path) {
        const { node } = path;
        if (path.isObjectProperty() && PROPERTIES.has(node.key.name)) return 'words of a description';
        if (path.isNewExpression() && node.callee.name === 'Error') return 'words of an error';
        if (path.isCallExpression() && path.get('callee').isMemberExpression()) {
          const { object } = node.callee;
          if (LOGS.has(object.name ?? object.property?.name)) return 'a line of the log';
        }
        return undefined;
      },
    },
  },
];
