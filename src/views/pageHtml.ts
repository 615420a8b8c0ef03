import { env, Uri, type Webview } from 'vscode';

/** A page of those that come with the extension, with its bundle and styles by their names: nothing else, and nothing inline. */
export function pageHtml(
  webview: Webview,
  dist: Uri,
  { title, script, styles }: { title: string; script: string; styles: readonly string[] },
): string {
  const nonce = crypto.randomUUID();
  const file = (name: string) => webview.asWebviewUri(Uri.joinPath(dist, name)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  const links = ['codicon', ...styles].map((name) => `<link rel="stylesheet" href="${file(`${name}.css`)}">`);
  return `<!doctype html>
<html lang="${env.language}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width">
    ${links.join('\n    ')}
    <title>${title}</title>
  </head>
  <body>
    <script nonce="${nonce}" src="${file(`${script}.js`)}"></script>
  </body>
</html>`;
}
