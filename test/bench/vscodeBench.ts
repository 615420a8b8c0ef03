import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBrowser } from '../vscode/browser';
import { packageVsix } from '../vscode/package';
import { startVSCode } from '../vscode/server';
import { signInWithToken } from '../vscode/signIn';
import { openWorkbench, type Workbench } from '../vscode/workbench';
import { USER_TOPIC } from './benchFrames';
import type { BenchServer } from './benchServer';
import { startChild } from './childProcess';

const SESSIONS = 1_000;
const EVENTS_PER_SECOND = 5_000;

/** Each list has a value for each start, or each burst. */
export interface VSCodeFigures {
  readonly sessions: number;
  readonly eventsPerSecond: number;
  /** To load the extension's code and to call `activate`. */
  readonly activationMs: number[];
  /** As VS Code shows it: with the wait for its turn among the extensions that start at the same time. */
  readonly shownActivationMs: number[];
  /** How often VS Code was asked to draw the tree anew, a second, while every row changed. */
  readonly refreshesPerSecond: number[];
  /** Of the extension host, of one core; nothing where the machine does not tell. */
  readonly hostCpu: number[];
}

/** The extension as it is packaged in a real VS Code, with a server that sends updates of which each changes a row. */
export async function runVSCodeBench({
  rounds,
  seconds,
  note,
}: {
  readonly rounds: number;
  readonly seconds: number;
  readonly note: (line: string) => void;
}): Promise<VSCodeFigures> {
  const server = startChild<BenchServer>(
    join(import.meta.dirname, 'benchServer.ts'),
    [USER_TOPIC, `${SESSIONS}`],
    ['--import', 'tsx'],
  );
  const stops = [() => server.end()];
  try {
    const url = await server.ask('listen');
    const [vsix, browser] = await Promise.all([packageVsix({ log: note }), findBrowser({ log: note })]);
    const vscode = await startVSCode({
      ...{ vsix, settings: { 'codeMySpec.serverUrl': url }, log: note },
      extensionFolders: [join(import.meta.dirname, 'stopwatch')],
    });
    stops.push(() => vscode.stop());
    const workbench = await openWorkbench({ url: vscode.url, browser });
    stops.push(() => workbench.close());
    await workbench.openView('CodeMySpec');
    await signInWithToken(workbench, 'bench');
    await live(workbench);
    const figures: VSCodeFigures = {
      ...{ sessions: SESSIONS, eventsPerSecond: EVENTS_PER_SECOND },
      ...{ activationMs: [], shownActivationMs: [], refreshesPerSecond: [], hostCpu: [] },
    };
    const refreshes = countRefreshes(workbench);
    let from = 0;
    for (let round = 1; round <= rounds; round += 1) {
      await workbench.load();
      await workbench.openView('CodeMySpec');
      await live(workbench);
      const activation = await activationOf(workbench);
      figures.activationMs.push(activation.ownMs);
      figures.shownActivationMs.push(activation.shownMs);
      await showEverySession(workbench);
      const count = EVENTS_PER_SECOND * seconds;
      const [before, refreshed, beganAt] = [cpuOfHosts(vscode.logDir), refreshes(), performance.now()];
      await server.ask('send', { from, count, perSecond: EVENTS_PER_SECOND, renames: true });
      const took = (performance.now() - beganAt) / 1_000;
      from += count;
      figures.refreshesPerSecond.push((refreshes() - refreshed) / took);
      const used = [...cpuOfHosts(vscode.logDir)].map(([pid, cpu]) => cpu - (before.get(pid) ?? cpu));
      if (used.length > 0) figures.hostCpu.push(Math.max(...used) / took);
      note(
        `VS Code ${round}: ${figures.activationMs.at(-1)!} ms, ${figures.refreshesPerSecond.at(-1)!.toFixed(1)} refreshes a second`,
      );
    }
    return figures;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

const live = (workbench: Workbench) =>
  workbench.statusBar(/CodeMySpec: Live/, { what: 'the status bar to say Live', timeoutMs: 30_000 });

/** Rows of a group that is closed are not drawn. */
async function showEverySession(workbench: Workbench): Promise<void> {
  const groups = (await workbench.rows('Sessions')).filter(({ level }) => level === 1);
  for (const { text } of groups) await workbench.expand(text);
  await workbench.findRow(/Component (Code|Test)$/);
}

/** Of the code, of the call, and what VS Code shows of both; by an extension beside, in its words. */
async function activationOf(workbench: Workbench): Promise<{ ownMs: number; shownMs: number }> {
  const { text } = await workbench.statusBar(/Stopwatch: /, { what: 'the stopwatch', timeoutMs: 30_000 });
  const [code = NaN, call = NaN, shownMs = NaN] = [...text.matchAll(/\d+/g)].map(Number);
  return { ownMs: code + call, shownMs };
}

/** By what the extension host sends to the window. */
function countRefreshes({ page }: Workbench): () => number {
  let count = 0;
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      count += payload.toString('latin1').split('$refresh').length - 1;
    }),
  );
  return () => count;
}

/** CPU time of the extension hosts of the server whose logs these are, in s by process; none where there is no /proc. */
function cpuOfHosts(logDir: string): Map<number, number> {
  const cpu = new Map<number, number>();
  if (process.platform !== 'linux') return cpu;
  const processes = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  for (const line of processes.filter((each) => each.includes('--type=extensionHost'))) {
    const pid = Number.parseInt(line, 10);
    if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(join(logDir, '../..'))) continue;
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    cpu.set(pid, (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS);
  }
  return cpu;
}

/** A second, on every Linux that Node runs on. */
const CLOCK_TICKS = 100;
