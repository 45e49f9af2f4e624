import { parseJson } from '../../juno/json.ts';
import { maskClabe } from '../../money/clabe.ts';

/** What an answer is like, in words: names, kinds and forms, never what a field held. */

export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

export const payloadOf = (raw: string): unknown => fieldOf(parseJson(raw), 'payload');

/** The items of a list, whatever stands around them; none where it is no list. */
export function itemsOf(json: unknown): readonly unknown[] {
  const payload = fieldOf(json, 'payload');
  if (Array.isArray(payload)) return payload;
  return Object.values(Object(payload)).find(Array.isArray) ?? [];
}

/** The key of the items, or that there is none around them. */
export function envelopeOf(raw: string): string {
  const payload = payloadOf(raw);
  if (Array.isArray(payload)) return 'a bare list';
  const key = Object.entries(payload ?? {}).find(([, value]) => Array.isArray(value))?.[0];
  return key === undefined ? 'of an unknown envelope' : `items under \`${key}\``;
}

/** "{a, b{c}}": the names, never what they hold. Of a list, those of all its items together. */
export function keysOf(value: unknown, depth = 0): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${keysOf(together(value), depth)}]`;
  if (typeof value !== 'object' || value === null) return value === undefined ? 'absent' : '·';
  if (depth > 3) return '{…}';
  const names = Object.entries(value).map(([name, inner]) => {
    const nested = typeof inner === 'object' && inner !== null ? keysOf(inner, depth + 1) : '';
    return `${name}${nested}`;
  });
  return `{${names.join(', ')}}`;
}

const together = (items: readonly unknown[]): unknown =>
  items.every((item) => typeof item === 'object' && item !== null) ? Object.assign({}, ...items) : items[0];

/** Whether a member of this name is written as text or as a number; null where there is neither. */
export function kindOf(raw: string, name: string): 'text' | 'numbers' | null {
  const [, mark] = new RegExp(`"${name}"\\s*:\\s*("|[-\\d])`).exec(raw) ?? [];
  return mark === undefined ? null : mark === '"' ? 'text' : 'numbers';
}

/** The form of a time. */
export function timeFormOf(text: string | null): string {
  if (text === null) return 'absent';
  const zone = /(Z|[+-]\d{2}:?\d{2})$/.exec(text)?.[1];
  const fraction = /\.(\d+)/.exec(text)?.[1];
  const seconds = fraction === undefined ? 'seconds' : `${fraction.length} decimals of a second`;
  return `in ${seconds}, ${zone === undefined ? 'without a zone' : zone === 'Z' ? 'with Z' : 'with an offset'}`;
}

/** The words themselves where they are Juno's own, such as COMPLETE; anything else could be anybody's. */
export const wordOf = (text: unknown): string =>
  typeof text === 'string' && /^[A-Za-z_][A-Za-z_ ]{0,39}$/.test(text) ? text : '…';

/** Text for people's eyes: account numbers, ids and addresses only as far as they tell one from another. */
export const masked = (text: string): string =>
  text
    .replace(/0x[0-9a-f]{40,}/gi, (hex) => `${hex.slice(0, 6)}…${hex.slice(-4)}`)
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, (uuid) => `${uuid.slice(0, 8)}…`)
    .replace(/(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/gi, (id) => `${id.slice(0, 8)}…`)
    .replace(/(?<!\d)\d{16,18}(?!\d)/g, maskClabe);

const PRIVATE =
  /name|curp|rfc|mail|phone|address|concept|tag|note|description|beneficiary|recipient|sender|receiver|holder|owner$/i;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * JSON text as it came, white space, order and digits of numbers too, without anything by which a person is known: text under
 * such a name is "…", and account numbers, ids and addresses are masked. What is no JSON is told by its length alone.
 */
export function redacted(text: string): string {
  try {
    parseJson(text);
  } catch {
    return `"${Buffer.byteLength(text)} bytes that are no JSON"`;
  }
  /** The name under which each open object or list stands; whether the next text in an object is a name. */
  const open: { isObject: boolean; name: string; isName: boolean }[] = [];
  return text.replace(TOKEN, (token) => {
    const inside = open.at(-1);
    if (token === '{' || token === '[') {
      open.push({ isObject: token === '{', name: inside?.name ?? '', isName: token === '{' });
      return token;
    }
    if (token === '}' || token === ']') open.pop();
    if (inside && token === ':') inside.isName = false;
    if (inside && token === ',') inside.isName = inside.isObject;
    if (/^[{}[\],:]$/.test(token)) return token;
    if (inside?.isName) {
      inside.name = JSON.parse(token);
      return masked(token);
    }
    if (token.startsWith('"')) return PRIVATE.test(inside?.name ?? '') ? '"…"' : masked(token);
    return /^\d{16,18}$/.test(token) ? `"${masked(token)}"` : token;
  });
}
