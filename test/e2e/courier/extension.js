// Plays the operating system: hands a link of another extension's scheme to this window, as a click on it would. And it
// plays another extension, which counts sessions.
const { commands, env, extensions, Uri, window } = require('vscode');

exports.activate = (context) => {
  context.subscriptions.push(
    commands.registerCommand('courier.handOver', async () => {
      const link = await window.showInputBox({ prompt: 'The link' });
      if (link) await env.openExternal((await env.asExternalUri(Uri.parse(link))).toString(true));
    }),
    commands.registerCommand('courier.count', async () => {
      const api = await extensions.getExtension('codemyspec.codemyspec').activate();
      const { state } = await api.refreshSessions();
      void window.showInformationMessage(
        `Version ${api.apiVersion}, ${state}, ${api.getAllSessions().length} sessions`,
      );
    }),
  );
};
