// Plays the operating system: hands a link of another extension's scheme to this window, as a click on it would.
const { commands, env, Uri, window } = require('vscode');

exports.activate = (context) => {
  context.subscriptions.push(
    commands.registerCommand('courier.handOver', async () => {
      const link = await window.showInputBox({ prompt: 'The link' });
      if (link) await env.openExternal((await env.asExternalUri(Uri.parse(link))).toString(true));
    }),
  );
};
