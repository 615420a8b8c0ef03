import { call, type Reply } from '../call';

/** Opens the page as a browser does. Its text is the page, unless the server redirected at once. */
export function openConsent(authorizeUrl: string, ca?: string): Promise<Reply> {
  return call(authorizeUrl, { headers: { accept: 'text/html' }, ...(ca === undefined ? {} : { ca }) });
}

/** Presses a button of the page, and returns the address it leads to. */
export async function answerConsent(
  authorizeUrl: string,
  answer: 'Allow' | 'Deny',
  ca?: string,
): Promise<string> {
  const { status, text } = await openConsent(authorizeUrl, ca);
  if (status !== 200) throw new Error(`no question, but status ${status}`);
  const reply = await pressButton(authorizeUrl, text, answer, ca);
  if (reply.headers.location === undefined) throw new Error(`the answer led nowhere, status ${reply.status}`);
  return reply.headers.location;
}

export function pressButton(pageUrl: string, page: string, name: string, ca?: string): Promise<Reply> {
  const [, action = ''] = /<form method="post" action="([^"]+)">/.exec(page) ?? [];
  const form: Record<string, string> = {};
  for (const [, field = '', value] of page.matchAll(
    /<input type="hidden" name="([^"]+)" value="([^"]*)">/g,
  )) {
    form[field] = plainText(value);
  }
  const [, decision = ''] =
    new RegExp(`<button name="decision" value="([^"]+)">${name}</button>`).exec(page) ?? [];
  return call(new URL(action, pageUrl).href, {
    method: 'POST',
    form: { ...form, decision },
    ...(ca === undefined ? {} : { ca }),
  });
}

function plainText(text = ''): string {
  return text.replace(/&#(\d+);/g, (_whole, code: string) => String.fromCharCode(Number(code)));
}
