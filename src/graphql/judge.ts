import { type DocumentNode, parse } from 'graphql';
import { costOf, isIntrospection, MOST, MOST_META_LISTS, metaListsOf, type Variables } from './cost.ts';

/**
 * What one question may be. Nesting multiplies what is read (cost.ts); the depth is what the documented queries need and one more
 * (docs/graphql.md). Ponder itself gives at most 1,000 rows of each list.
 */
export const LIMITS = { maxOperationDepth: 6, maxOperationAliases: 10, maxOperationTokens: 500 } as const;
/** What the introspection of public clients needs, and a little more. */
export const META_LIMITS = { maxOperationDepth: 25, maxOperationAliases: 10, maxOperationTokens: 1_000 } as const;
export const MOST_BYTES = 16 * 1024;

export type Question = Readonly<{ query: string; variables?: Variables; operationName?: string }>;
export type Judged =
  | Readonly<{ refusal: string }>
  /** With `isMeta` it asks for the schema and for nothing that is in it. */
  | Readonly<{ question: Question; isMeta: boolean }>;

/** Whether a question may be answered, by its text alone: nothing is read for one that may not. */
export function judge(body: string): Judged {
  const question = read(body);
  if (!question) return { refusal: 'Send one question as JSON: {"query": "…", "variables": {…}}.' };
  let document: DocumentNode;
  try {
    document = parse(question.query, { maxTokens: META_LIMITS.maxOperationTokens, noLocation: true });
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : 'This is no GraphQL.' };
  }
  if (isIntrospection(document)) {
    if (metaListsOf(document) > MOST_META_LISTS)
      return {
        refusal: `Of the schema at most ${MOST_META_LISTS} lists may stand below one another: types, their fields, the arguments of those.`,
      };
    return { question, isMeta: true };
  }
  const { lists, rows } = costOf(document, question.variables);
  if (lists > MOST.lists || rows > MOST.rows)
    return {
      refusal: `This may read ${rows} rows of ${lists} lists, and a question may read ${MOST.rows} of ${MOST.lists}. A list has as many rows as its limit (50 unless told), and a list below it is read once for each of them: give a lower limit, go on with after, or ask for the inner list by itself.`,
    };
  return { question, isMeta: false };
}

function read(body: string): Question | null {
  try {
    const given: unknown = JSON.parse(body);
    if (!isRecord(given) || typeof given['query'] !== 'string') return null;
    const { query, variables = null, operationName = null } = given;
    if (variables !== null && !isRecord(variables)) return null;
    return {
      query,
      ...(variables && { variables }),
      ...(typeof operationName === 'string' && { operationName }),
    };
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
