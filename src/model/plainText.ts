const INVISIBLE = /[\p{Cc}\p{Cs}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/gu;

/** One line of at most `maxLength` characters, without control characters and without marks that turn the direction. */
export function plainText(text: string, maxLength = 120): string {
  // Only the start is read: a field may hold megabytes.
  const line = text
    .slice(0, maxLength * 4)
    .replace(INVISIBLE, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join('')}…`;
}
