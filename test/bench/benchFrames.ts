const N_CHARS = 8;
const MS_CHARS = 14;
const TEXT_FRAME = 0x81;
const LENGTH_IN_TWO_BYTES = 126;
/** As long as each other. */
const DISPLAY_NAMES = ['Component Code', 'Component Test'] as const;
const STATE = '"STATE"';
const SENT_MS = '"sent_ms":';

/** Topics of the server that the bench plays: that of CodeMySpec, and one as realtime-js names it. */
export const USER_TOPIC = 'vscode:user';
export const REALTIME_TOPIC = 'realtime:sessions';

/** What each update says anew: its number, and when it was sent by `machineNow`. */
export interface Stamp {
  readonly n: number;
  readonly sent_ms: number;
}

const sessionId = (index: number): string => `5e551011-0000-4000-8000-${String(index).padStart(12, '0')}`;

/** A session as servers of the second and the third generation tell it, in some 900 bytes of JSON; numbers are padded. */
export function sessionJson(index: number, { n, sent_ms }: Stamp): string {
  const id = sessionId(index);
  const session = {
    id,
    type: 'ComponentCode',
    display_name: DISPLAY_NAMES[0],
    agent: 'claude_code',
    environment_type: 'vscode',
    execution_mode: 'auto',
    status: 'active',
    state: 'STATE',
    project_id: '9ec7a4a2-0000-5000-8000-000000000001',
    account_id: null,
    user_id: 1,
    component_id: 'c0a4a2aa-0000-5000-8000-000000000002',
    external_conversation_id: null,
    project: {
      id: '9ec7a4a2-0000-5000-8000-000000000001',
      name: 'My app',
      module_name: 'MyApp',
      status: 'active',
    },
    component: {
      id: 'c0a4a2aa-0000-5000-8000-000000000002',
      ...{ name: 'Invoices', type: 'context', module_name: 'MyApp.Invoices' },
    },
    interactions: [
      {
        id: `17e4ac70${id.slice(8)}`,
        command: {
          module: 'Steps.Compile',
          command: 'mix compile',
          pipe: null,
          metadata: {},
          timestamp: null,
        },
        result: null,
        completed_at: null,
      },
    ],
    inserted_at: TIME,
    updated_at: TIME,
  };
  const state = `{"n":${String(n).padEnd(N_CHARS)},${SENT_MS}${sent_ms.toFixed(3).padEnd(MS_CHARS)}}`;
  return JSON.stringify(session).replace(STATE, state);
}

const TIME = '2026-01-01T12:00:00Z';

/** WebSocket frames with `session_updated` of each session in turn, each but for its stamp written beforehand. */
export class BenchFrames {
  private readonly templates: {
    readonly bytes: Buffer;
    readonly nAt: number;
    readonly msAt: number;
    readonly nameAt: number;
  }[];

  constructor(topic: string, sessions: number) {
    this.templates = Array.from({ length: sessions }, (_, index) => {
      const bytes = frameOf(topic, sessionJson(index, { n: 0, sent_ms: 0 }));
      const nAt = bytes.indexOf('"n":') + '"n":'.length;
      return {
        bytes,
        nAt,
        msAt: bytes.indexOf(SENT_MS) + SENT_MS.length,
        nameAt: bytes.indexOf(DISPLAY_NAMES[0]),
      };
    });
  }

  /** `renames`: each update of a session gives it the other name, so that its row changes. */
  frame({ n, sent_ms }: Stamp, renames = false): Buffer {
    const { length } = this.templates;
    const { bytes, nAt, msAt, nameAt } = this.templates[n % length]!;
    const frame = Buffer.from(bytes);
    frame.write(String(n).padEnd(N_CHARS), nAt, 'latin1');
    frame.write(sent_ms.toFixed(3).padEnd(MS_CHARS), msAt, 'latin1');
    if (renames) frame.write(DISPLAY_NAMES[Math.floor(n / length) % 2]!, nameAt, 'latin1');
    return frame;
  }
}

function frameOf(topic: string, session: string): Buffer {
  const payload = `{"data":${session}}`;
  const text =
    topic === REALTIME_TOPIC
      ? `[null,null,"${topic}","broadcast",{"type":"broadcast","event":"session_updated","payload":${payload}}]`
      : `[null,null,"${topic}","session_updated",${payload}]`;
  const head = Buffer.from([TEXT_FRAME, LENGTH_IN_TWO_BYTES, text.length >> 8, text.length & 0xff]);
  return Buffer.concat([head, Buffer.from(text, 'latin1')]);
}
