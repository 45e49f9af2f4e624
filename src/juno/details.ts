/**
 * What can be read of `details`, whose keys no page names in full: by the shape of a value and by what the names that lead to
 * it say. Where two candidates differ, none is taken.
 */

const HASH = /\b0x[0-9a-f]{64}\b/gi;
const ADDRESS = /^0x[0-9a-f]{40}$/i;
const CLABE = /^\d{18}$/;
const SENDER = /sender|payer|originator/;
const RECEIVER = /receiver|recipient|beneficiary|destination/;
const DEEPEST = 6;

export type Parties = Readonly<{
  /** Who receives on the chain, lower case. Null unless exactly one is named. */
  address: string | null;
  senderClabe: string | null;
  receiverClabe: string | null;
}>;

/** Who sent and who received. The keys of `details` are not documented, so they are read by what their names say. */
export function readParties(details: unknown): Parties {
  const all = textsOf(details);
  const shaped = (shape: RegExp) => all.filter(({ value }) => shape.test(value));
  const named = (name: RegExp, texts: readonly Text[]) => only(valuesOf(texts.filter(({ path }) => name.test(path))));
  const addresses = shaped(ADDRESS);
  const clabes = shaped(CLABE);
  return {
    address: named(RECEIVER, addresses) ?? only(valuesOf(addresses)),
    senderClabe: named(SENDER, clabes),
    receiverClabe: named(RECEIVER, clabes),
  };
}

type Text = Readonly<{ path: string; value: string }>;

/** Every text inside a value, with the names that lead to it; bounded in depth. */
function textsOf(value: unknown, path = '', depth = 0): Text[] {
  if (typeof value === 'string') return [{ path, value }];
  if (typeof value !== 'object' || value === null || depth >= DEEPEST) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${path}.${key.toLowerCase()}`, depth + 1));
}

const valuesOf = (texts: readonly Text[]) => texts.map(({ value }) => value.toLowerCase());
export const hashesOf = (value: unknown) =>
  textsOf(value).flatMap((text) => [...text.value.matchAll(HASH)].map(([hash]) => hash.toLowerCase()));

/** The one value that there is; null for none and for several that differ. */
export function only(values: readonly string[]): string | null {
  const [first, ...others] = new Set(values);
  return others.length > 0 ? null : (first ?? null);
}
