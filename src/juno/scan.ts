import { parseJson } from './json.ts';

/**
 * JSON as text, for signatures: a parser would give values, and printing those again changes digits, escapes and order. Both
 * functions walk the tokens of text that has been parsed before, so that they meet no other.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** The text of one member of the outermost object, as it stands there. Null unless the bytes are JSON that has it exactly once. */
export function cutMember(body: Uint8Array, name: string): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    if (!isRecord(parseJson(text))) return null;
  } catch {
    return null;
  }
  const found: string[] = [];
  let depth = 0;
  let key: string | null = null;
  let start: number | null = null;
  let end = 0;
  const close = () => {
    if (start !== null && key === name) found.push(text.slice(start, end));
    key = start = null;
  };
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const opens = token === '{' || token === '[';
    const closes = token === '}' || token === ']';
    if (depth === 1 && (token === ',' || closes)) close();
    else if (depth === 1 && key === null) key = JSON.parse(token) as string;
    else if (depth === 1 && start === null && token !== ':') start = index;
    if (opens) depth += 1;
    if (closes) depth -= 1;
    end = index + token.length;
  }
  const [only = null, ...others] = found;
  // Of two members of one name, the reader could take another than the one that was signed.
  return others.length > 0 ? null : only;
}

/** The same JSON without white space between its tokens. */
export const compactJson = (text: string): string => (text.match(TOKEN) ?? []).join('');

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
