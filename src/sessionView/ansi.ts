/** A piece of a terminal's output in one look. */
export interface AnsiSpan {
  readonly text: string;
  /** Names of CSS classes, such as `fg-1 bold`; empty for plain text. */
  readonly look: string;
}

const ESCAPES = new RegExp(
  [
    // Begun again and again.
    String.raw`[\u001b\u009b]+(?=[\u001b\u009b])`,
    // Colours and the like, the only ones that are obeyed.
    String.raw`\u001b\[([\d;:]{0,64})m`,
    String.raw`(?:\u001b\[|\u009b)[\u0020-\u003f]{0,64}[\u0040-\u007e]?`,
    // Titles, links and other texts to the terminal.
    String.raw`\u001b[\]PX^_][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)`,
    String.raw`\u001b[\u0020-\u002f]{0,8}[\u0030-\u007e]?`,
  ].join('|'),
  'g',
);
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** They turn the direction of what is read. */
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const UNSEEN = new RegExp(`(?:${CONTROLS.source}|${TURNS.source})+`, 'g');

/** The output in pieces: SGR colours are kept, all other control is taken out; in time linear in its length. */
export function parseAnsi(output: string): AnsiSpan[] {
  const text = overwritten(output);
  const spans: AnsiSpan[] = [];
  const style = new Style();
  let from = 0;
  const take = (until: number) => {
    if (until === from) return;
    const piece = withoutControls(text.slice(from, until));
    const last = spans.at(-1);
    const look = style.look;
    if (piece === '') return;
    if (last?.look === look) spans[spans.length - 1] = { look, text: last.text + piece };
    else spans.push({ look, text: piece });
  };
  text.replace(ESCAPES, (escape: string, colours: string | undefined, at: number) => {
    take(at);
    from = at + escape.length;
    if (colours !== undefined) style.apply(colours);
    return '';
  });
  take(text.length);
  return spans;
}

/** The output as text alone. */
export function withoutAnsi(output: string): string {
  return withoutControls(overwritten(output).replace(ESCAPES, ''));
}

/** A text that is no output, with all that nobody would see made visible. */
export function withVisibleControls(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(CONTROLS, (each) =>
      each < ' ' ? String.fromCharCode(0x2400 + each.charCodeAt(0)) : named(each),
    )
    .replace(TURNS, named);
}

const named = (character: string): string =>
  `<U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`;

const withoutControls = (text: string): string => text.replace(UNSEEN, '');

/** A carriage return within a line begins it anew, as progress bars do. */
function overwritten(output: string): string {
  const text = output.replace(/\r\n/g, '\n');
  if (!text.includes('\r')) return text;
  return text
    .split('\n')
    .map((line) => {
      const end = line.endsWith('\r') ? line.length - 1 : line.length;
      return line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
    })
    .join('\n');
}

const FLAGS = new Map([
  [1, 'bold'],
  [2, 'faint'],
  [3, 'italic'],
  [4, 'underlined'],
  [9, 'struck'],
]);
const ENDS = new Map([
  [22, ['bold', 'faint']],
  [23, ['italic']],
  [24, ['underlined']],
  [29, ['struck']],
  [39, ['fg']],
  [49, ['bg']],
]);

class Style {
  private readonly parts = new Map<string, string>();

  get look(): string {
    return [...this.parts.values()].join(' ');
  }

  apply(parameters: string): void {
    const codes = parameters.split(/[;:]/).map(Number);
    for (let index = 0; index < codes.length; index += 1) {
      const code = codes[index] ?? 0;
      const colour = colourOf(code);
      const flag = FLAGS.get(code);
      if (code === 0) this.parts.clear();
      else if (flag) this.parts.set(flag, flag);
      else if (colour) this.parts.set(colour[0], `${colour[0]}-${colour[1]}`);
      else if (code === 38 || code === 48) {
        const [kind = 0, number = -1] = codes.slice(index + 1, index + 3);
        const ground = code === 38 ? 'fg' : 'bg';
        // Beyond the 16 that a theme has, the colour is left out.
        this.parts.delete(ground);
        if (kind === 5 && number >= 0 && number < 16) this.parts.set(ground, `${ground}-${number}`);
        index += kind === 2 ? 4 : 2;
      } else for (const ended of ENDS.get(code) ?? []) this.parts.delete(ended);
    }
  }
}

/** Of the 16 of a theme: 0 to 7, and 8 to 15 for the bright ones. */
function colourOf(code: number): ['fg' | 'bg', number] | undefined {
  if (code >= 30 && code <= 37) return ['fg', code - 30];
  if (code >= 40 && code <= 47) return ['bg', code - 40];
  if (code >= 90 && code <= 97) return ['fg', code - 82];
  if (code >= 100 && code <= 107) return ['bg', code - 92];
  return undefined;
}
