import { commands } from 'vscode';
import { openLink } from '../auth/vscode/links';
import { parseServerAddress } from '../model/serverAddress';
import { OPEN_SERVER_URL } from '../views/commandIds';

/** A page of the server, or the setting of its address where that is none. */
export async function openServer(typed: string, page = ''): Promise<void> {
  const address = parseServerAddress(typed);
  if (address.ok) await openLink(`${address.value.base}${page}`);
  else await commands.executeCommand(OPEN_SERVER_URL.command, ...OPEN_SERVER_URL.arguments);
}
