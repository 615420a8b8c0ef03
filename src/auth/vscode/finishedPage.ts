import { env, l10n } from 'vscode';
import type { HostEnvironment } from './hostEnvironment';

const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; min-height: 100vh; place-items: center; }
main { max-width: 30rem; padding: 2rem; text-align: center; }
a { display: inline-block; padding: 0.5rem 1rem; }`;
/** SHA-256 of the style, which alone the page may have; a test holds them together. */
const STYLE_HASH = 'sha256-qv0GKeBut0q2sLRab78XQmUeyiiB7/ABZOZ+D/Cdqh0=';

/** What the browser shows when it has brought the answer back, in the language of the editor. */
export function finishedPage(
  { isInBrowser, uriScheme, appName }: Pick<HostEnvironment, 'isInBrowser' | 'uriScheme' | 'appName'>,
  extensionId: string,
): { html: string; styleHash: string } {
  const done = l10n.t('You can go back to {0}.', appName);
  // In a browser the editor is a tab that no link leads to.
  const back = isInBrowser
    ? `<p>${escaped(done)} ${escaped(l10n.t('This tab can be closed.'))}</p>`
    : `<p><a href="${escaped(`${uriScheme}://${extensionId}/`)}">${escaped(l10n.t('Back to {0}', appName))}</a></p>
<p>${escaped(l10n.t('This tab can be closed.'))}</p>`;
  const title = l10n.t('The answer has arrived');
  const html = `<!doctype html>
<html lang="${escaped(env.language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>CodeMySpec</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>
${back}</main></body>
</html>
`;
  return { html, styleHash: STYLE_HASH };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
