// V8 has both since Node 22; the types of ES2024 do not know them yet.
const rawJson = (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON;
type Reviver = (key: string, value: unknown, context: { source: string }) => unknown;
export const parseJson = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** Decimal text as a JSON number of exactly these digits, for JSON.stringify: no float in between. */
export const jsonNumber = (text: string): unknown => rawJson(text);

/** Reads JSON so that JSON.stringify writes every number with the digits that it came with. */
export const parseExactly = (text: string): unknown =>
  parseJson(text, (_key, value, { source }) => (typeof value === 'number' ? jsonNumber(source) : value));
