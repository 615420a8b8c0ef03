const LETTERS = 'aȧbƀcƈdḓeḗfƒgɠhħiījĵkķlŀmḿnñoǿpƥqɋrřsştŧuŭvṽwẇxẋyẏzẑ';
const ACCENTS = new Map(
  Array.from({ length: LETTERS.length / 2 }, (_, n) => [LETTERS[n * 2]!, LETTERS[n * 2 + 1]!]),
);
/** What no translator may touch. */
const KEPT = /\{\d+\}|\$\([\w~-]+\)|\]\([^)]*\)|`[^`]*`/;

/**
 * The same text as no language has it: in brackets, so that one that is cut or put together shows, with an accent on
 * each letter, and 40 % longer. Placeholders, icons, addresses and code stay.
 */
export function pseudo(text: string): string {
  return text.split('\n').map(pseudoLine).join('\n');
}

function pseudoLine(line: string): string {
  // A line that is a link alone is a button.
  const [, name, address] = /^\[([^\]]+)\](\([^)]+\))$/.exec(line) ?? [];
  return name ? `[${bracketed(name)}]${address}` : bracketed(line);
}

function bracketed(text: string): string {
  const longer = ' ~~~~'
    .repeat(text.length)
    .slice(1, 1 + Math.max(1, Math.round(text.length * 0.4) - 2))
    .trimEnd();
  return `⟦${text
    .split(new RegExp(`(${KEPT.source})`))
    .map((part) => (KEPT.test(part) ? part : accented(part)))
    .join('')}${longer}⟧`;
}

export const pseudoBundle = (bundle: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(bundle).map(([key, text]) => [key, pseudo(text)]));

const accented = (text: string): string =>
  Array.from(text)
    .map((letter) => {
      const accent = ACCENTS.get(letter.toLowerCase()) ?? letter;
      return letter === letter.toLowerCase() ? accent : accent.toUpperCase();
    })
    .join('');

const NAMES =
  /\$\([\w~-]+\)|CodeMySpec|https?:\/\/|\(command:[\w.]+\)|127\.0\.0\.1:\d+|mine\.example|(?<=\d )([AP]M|seconds?|minutes?|hours?)\b/g;

/** Words that nobody translated; names of products and servers, icons and times are none. */
export const plainLatin = (text: string): string[] => text.replace(NAMES, '').match(/[A-Za-z]{2,}/g) ?? [];
