// Plays the operating system: hands a link of another extension's scheme to this window, as a click on it would. And it
// plays another extension, which counts sessions, and a chat agent, which asks for them.
const { commands, env, extensions, lm, Uri, window } = require('vscode');

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
    commands.registerCommand('courier.ask', async () => {
      const { content } = await lm.invokeTool('codemyspec_list_sessions', { input: { limit: 1 } });
      const [head, ...json] = content[0].value.split('\n');
      void window.showInformationMessage(`${head} ${JSON.parse(json.join('\n')).total} in all`);
    }),
  );
};
