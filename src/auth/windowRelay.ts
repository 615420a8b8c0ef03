import { createHash, randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { messageOf, type Log } from '../log';
import { readAccount, revisionOf, writeAccount, type Account } from './account';
import type { AccountStore, OtherWindows } from './accountStore';

const ANSWER_TIMEOUT_MS = 1_000;
const MAX_MESSAGE_LENGTH = 256 * 1024;

const messageSchema = v.variant('kind', [
  v.object({ kind: v.literal('put'), origin: v.string(), account: v.string() }),
  v.object({ kind: v.literal('remove'), origin: v.string(), account: v.string() }),
  v.object({ kind: v.literal('ask'), origin: v.string() }),
]);
type Message = v.InferOutput<typeof messageSchema>;

export interface WindowRelayOptions {
  /** Names what the windows of the user have in common, such as a folder of theirs. */
  readonly shared: string;
  /** The storage of this window; what comes from others is not told to them again. */
  readonly accounts: Pick<AccountStore, 'get' | 'put' | 'remove'>;
  readonly log: Log;
}

/**
 * Hands accounts from window to window through sockets in a folder that only the user may enter. For editors in a
 * browser, where each window reads the secret storage once and hears of no change.
 */
export class WindowRelay implements OtherWindows {
  private readonly folder: string;
  private readonly socketName = `${randomUUID().slice(0, 8)}.sock`;
  private readonly started: Promise<boolean>;
  private server: Server | undefined;
  private isOver = false;

  constructor(private readonly options: WindowRelayOptions) {
    const hash = createHash('sha256').update(options.shared).digest('hex').slice(0, 12);
    this.folder = join(tmpdir(), `codemyspec-${process.getuid?.() ?? 'user'}-${hash}`);
    this.started = this.start().catch((error: unknown) => {
      options.log.warn(`other windows cannot be told of a sign-in: ${messageOf(error)}`);
      return false;
    });
  }

  tell(kind: 'put' | 'remove', origin: string, account: Account): void {
    void this.send({ kind, origin, account: writeAccount(account) });
  }

  /** Takes what another window has for this origin, where it is newer or there is nothing here. */
  async catchUp(origin: string): Promise<void> {
    try {
      for (const account of await this.send({ kind: 'ask', origin })) {
        await this.take({ kind: 'put', origin, account });
      }
    } catch (error) {
      this.options.log.warn(`what other windows know could not be taken: ${messageOf(error)}`);
    }
  }

  dispose(): void {
    this.isOver = true;
    this.server?.close();
  }

  private async start(): Promise<boolean> {
    await mkdir(this.folder, { mode: 0o700 }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    const found = await lstat(this.folder);
    const isOwn = process.getuid !== undefined && found.uid === process.getuid();
    if (!found.isDirectory() || !isOwn || (found.mode & 0o077) !== 0) {
      throw new Error('the folder for it is open to others');
    }
    const path = join(this.folder, this.socketName);
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      void this.answer(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    await chmod(path, 0o600);
    server.unref();
    this.server = server;
    if (this.isOver) server.close();
    return true;
  }

  private async answer(socket: Socket): Promise<void> {
    try {
      const message = v.parse(messageSchema, JSON.parse(await readAll(socket)));
      socket.end(await this.take(message));
    } catch {
      this.options.log.warn('a message of another window could not be read');
      socket.destroy();
    }
  }

  private async take(message: Message): Promise<string> {
    const { accounts } = this.options;
    const own = await accounts.get(message.origin);
    if (message.kind === 'ask') return own ? writeAccount(own) : '';
    const theirs = readAccount(message.account);
    if (!theirs) return '';
    const isSame = own?.id === theirs.id;
    if (message.kind === 'put') {
      if (!isSame || revisionOf(own) < revisionOf(theirs)) await accounts.put(message.origin, theirs);
    } else if (isSame && revisionOf(own) <= revisionOf(theirs)) {
      await accounts.remove(message.origin);
    }
    return '';
  }

  /** What the other windows answered; those that are gone are forgotten. */
  private async send(message: Message): Promise<string[]> {
    if (!(await this.started) || this.isOver) return [];
    const names = await readdir(this.folder).catch(() => []);
    const others = names.filter((name) => name.endsWith('.sock') && name !== this.socketName);
    const answers = await Promise.all(
      others.map(async (name) => {
        const path = join(this.folder, name);
        try {
          return await exchange(path, JSON.stringify(message));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') await rm(path, { force: true });
          return '';
        }
      }),
    );
    return answers.filter((answer) => answer !== '');
  }
}

async function exchange(path: string, text: string): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
  socket.end(text);
  return readAll(socket);
}

async function readAll(socket: Socket): Promise<string> {
  socket.setEncoding('utf8');
  let text = '';
  // Without the option, the end of what is read would close the way for the answer too.
  for await (const part of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    text += part;
    if (text.length > MAX_MESSAGE_LENGTH) throw new Error('the message is too long');
  }
  return text;
}
