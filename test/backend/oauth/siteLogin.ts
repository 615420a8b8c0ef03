import { randomUUID } from 'node:crypto';
import type { RestResponse } from '../answer';
import { logInPage, refusalPage } from './consentPage';

export const LOG_IN_PATH = '/users/log-in';
const COOKIE = '_codemyspec_key';

/** Who has logged in to the site, by the session cookie of the browser. */
export function createSiteLogin() {
  const sessions = new Map<string, { isLoggedIn: boolean; returnTo: string }>();

  return {
    isLoggedIn: (cookies: string): boolean => sessions.get(sessionId(cookies))?.isLoggedIn === true,

    /** Sends the browser to the log-in, and remembers where it wanted to go. */
    sendToLogIn(returnTo: string): RestResponse {
      const id = randomUUID();
      sessions.set(id, { isLoggedIn: false, returnTo });
      const cookie = `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`;
      return { status: 302, body: '', headers: { location: LOG_IN_PATH, 'set-cookie': cookie } };
    },

    showLogIn: (): RestResponse => logInPage(),

    logIn(cookies: string): RestResponse {
      const session = sessions.get(sessionId(cookies));
      if (!session) return refusalPage('The browser sent no cookie of this site.');
      session.isLoggedIn = true;
      return { status: 302, body: '', headers: { location: session.returnTo } };
    },
  };
}

function sessionId(cookies: string): string {
  return new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(cookies)?.[1] ?? '';
}
