import { createHash } from 'node:crypto';
import type { RestResponse } from '../answer';
import { OUT_OF_BAND, type Client } from './clients';

const SCOPES_IN_WORDS: Record<string, string> = {
  read: 'See your projects and sessions',
  write: 'Create, continue and cancel your sessions',
};

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; min-height: 100vh; place-items: center; }
main { max-width: 30rem; padding: 2rem; }
code { overflow-wrap: anywhere; }
form { display: flex; gap: 1rem; margin-top: 2rem; }
button { flex: 1; padding: 0.75rem; font: inherit; cursor: pointer; }
`;

export interface Question {
  client: Client;
  userEmail: string;
  /** Where the answer goes: the registered one, whatever query was asked for. */
  redirectUri: string;
  scopes: string[];
  /** Bears the answer once. */
  consentId: string;
}

/** The form posts every URI that the client registered, as one string: a client with several fails there. */
export function consentPage({ client, userEmail, redirectUri, scopes, consentId }: Question): RestResponse {
  const permissions = scopes.map((scope) => `<li>${escape(SCOPES_IN_WORDS[scope] ?? scope)}</li>`).join('');
  return page(
    200,
    `Allow ${client.name} to use your account?`,
    `<p><strong>${escape(client.name)}</strong> asks for access to the CodeMySpec account
<strong>${escape(userEmail)}</strong>, to:</p>
<ul>${permissions}</ul>
<p>The answer goes to <code>${escape(redirectUri)}</code>.</p>
<form method="post" action="authorize">
<input type="hidden" name="consent" value="${escape(consentId)}">
<input type="hidden" name="redirect_uri" value="${escape(client.redirectUris.join(' '))}">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>`,
    formTarget(redirectUri),
  );
}

/** For what must not be sent to an address that nobody has vouched for. */
export function refusalPage(reason: string, status = 422): RestResponse {
  return page(status, 'This sign-in cannot go on', `<p>${escape(reason)}</p>`);
}

/** A form's redirect, too, may only go where the policy says; addresses in brackets have no place in one. */
function formTarget(redirectUri: string): string {
  if (redirectUri === OUT_OF_BAND) return '';
  const { protocol, origin, hostname } = new URL(redirectUri);
  return /^https?:$/.test(protocol) && !hostname.startsWith('[') ? origin : protocol;
}

/** The log-in of the site, for who is not signed in to it. */
export function logInPage(): RestResponse {
  const form = '<form method="post" action="log-in"><button>Log in</button></form>';
  return page(200, 'Log in to CodeMySpec', form, '');
}

function page(status: number, title: string, content: string, formAction?: string): RestResponse {
  const style = createHash('sha256').update(STYLE).digest('base64');
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${content}
</main>
</body>
</html>
`;
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${style}'`,
    `form-action ${formAction === undefined ? "'none'" : `'self' ${formAction}`.trim()}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
  return { status, body, headers };
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
