import { plainText } from '../model/plainText';

/**
 * Text from a server as markdown that shows exactly that text. Escaping with backslashes is not enough: bare
 * addresses become links by themselves, so everything but letters, digits and spaces is an entity.
 */
export function markdownText(text: string, maxLength = 200): string {
  return plainText(text, maxLength).replace(
    /[^\p{L}\p{N} ]/gu,
    (character) => `&#${character.codePointAt(0)};`,
  );
}
