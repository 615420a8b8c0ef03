// Joiners and variation selectors stay where an emoji or a script needs them.
const NEEDED = [
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})`,
  String.raw`(?<=\p{Emoji})[\ufe0e\ufe0f]`,
  String.raw`(?<=(?![\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Zinh}])[\p{L}\p{M}])[\u200c\u200d](?=[\p{L}\p{M}])`,
].join('|');
/** Line breaks, escapes, halves of characters, marks that turn the direction, and what nobody sees. */
const UNSEEN = String.raw`[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\u2800]`;
const UNSEEN_RUN = new RegExp(`(?:(?=${UNSEEN})(?!${NEEDED}).)+`, 'gsu');

let graphemes: Intl.Segmenter | undefined;

/** Text of anybody as one line that shows all it holds; takes time in proportion to its length. */
export function oneLine(text: string): string {
  return text.replace(UNSEEN_RUN, ' ').replace(/\s+/g, ' ').trim();
}

/** The start of it as one line of at most `maxLength` UTF-16 units, cut between two characters as a reader sees them. */
export function plainText(text: string, maxLength = 120): string {
  // Only the start is read: a field may hold megabytes.
  const line = oneLine(text.slice(0, maxLength * 4));
  if (line.length <= maxLength) return line;
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const end = graphemes.segment(line).containing(maxLength - 1)?.index;
  return `${line.slice(0, end).trimEnd()}…`;
}
