import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

/** What a question may cost the database: how many lists it reads, those below each row too, and how many rows in all. */
export const MOST = { lists: 200, rows: 10_000 } as const;
/** Lists of the schema's own that may stand below one another: its types, their fields, the arguments of those. */
export const MOST_META_LISTS = 3;

/** As Ponder gives them: 50 unless told, and 1,000 at most. */
const [USUAL_LIMIT, MOST_LIMIT] = [50, 1_000];
/** What reads one row at most. Whatever else has fields below it is taken for a list. */
const SINGLE = new Set(['escrow', 'escrowEvent', 'tokenTransfer', 'adminEvent', 'ofEscrow', 'pageInfo', '_meta']);
const META = new Set(['__schema', '__type', '__typename']);
const META_LISTS = new Set([
  ...['types', 'directives', 'fields', 'args', 'inputFields'],
  ...['interfaces', 'enumValues', 'possibleTypes'],
]);

export type Variables = Readonly<Record<string, unknown>>;
export type Cost = Readonly<{ lists: number; rows: number }>;

const operationsOf = ({ definitions }: DocumentNode): OperationDefinitionNode[] =>
  definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);

/**
 * The most that an operation of the question may read. A list has as many rows as its `limit`, and each list below it is read once for
 * each of them. What a directive leaves out counts all the same.
 */
export function costOf(document: DocumentNode, variables: Variables = {}): Cost {
  const costs = operationsOf(document).map((operation) => costOfOperation(document, operation, variables));
  return {
    lists: Math.max(0, ...costs.map(({ lists }) => lists)),
    rows: Math.max(0, ...costs.map(({ rows }) => rows)),
  };
}

const costOfOperation = (document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): Cost =>
  // The number is that of the rows of the list that the fields stand below.
  fold<Cost>(document, { lists: 0, rows: 0 }, add, (field, below, limit) => {
    const name = field.name.value;
    const isList = name !== 'items' && !SINGLE.has(name);
    const each = below(isList ? limitOf(field, operation, variables) : 1);
    if (isList) return { ...each, lists: 1 + each.lists };
    const rows = name === 'items' ? limit : 1;
    return { lists: rows * each.lists, rows: rows * (1 + each.rows) };
  })(operation.selectionSet, 1);

const add = (a: Cost, b: Cost): Cost => ({ lists: a.lists + b.lists, rows: a.rows + b.rows });

/** What is no limit that Ponder takes counts as the most. */
function limitOf({ arguments: all = [] }: FieldNode, operation: OperationDefinitionNode, variables: Variables): number {
  const value = all.find(({ name }) => name.value === 'limit')?.value;
  if (value === undefined) return USUAL_LIMIT;
  const told = value.kind === Kind.VARIABLE ? given(value.name.value, operation, variables) : literal(value);
  return typeof told === 'number' && Number.isInteger(told) && told >= 0 && told < MOST_LIMIT ? told : MOST_LIMIT;
}

const literal = (value: { kind: string; value?: unknown }): unknown =>
  value.kind === Kind.INT ? Number(value.value) : undefined;

function given(name: string, operation: OperationDefinitionNode, variables: Variables): unknown {
  if (Object.hasOwn(variables, name)) return variables[name];
  const declared = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  return declared?.defaultValue ? literal(declared.defaultValue) : USUAL_LIMIT;
}

/** Whether it asks for the schema and for nothing that is in it. */
export function isIntrospection(document: DocumentNode): boolean {
  const isMeta = fold<boolean>(
    document,
    true,
    (a, b) => a && b,
    ({ name }) => META.has(name.value),
  );
  const operations = operationsOf(document);
  return operations.length > 0 && operations.every(({ selectionSet }) => isMeta(selectionSet, 0));
}

/** How many lists of the schema's own stand below one another where most do. */
export function metaListsOf(document: DocumentNode): number {
  const deepest = fold<number>(
    document,
    0,
    Math.max,
    ({ name }, below) => below(0) + (META_LISTS.has(name.value) ? 1 : 0),
  );
  return Math.max(0, ...operationsOf(document).map(({ selectionSet }) => deepest(selectionSet, 0)));
}

/**
 * Joins what `of` says of each field that has fields of its own, through fragments. Each fragment is looked at once for a number, so that
 * those that name others, and those others, take no longer than they are long; one that comes to itself is nothing here, and no valid
 * question.
 */
function fold<T>(
  { definitions }: DocumentNode,
  nothing: T,
  join: (a: T, b: T) => T,
  of: (field: FieldNode, below: (given: number) => T, given: number) => T,
): (set: SelectionSetNode, given: number) => T {
  const fragments = new Map(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet]] : [])),
  );
  const known = new Map<string, T>();
  const ofFragment = (name: string, given: number): T => {
    const key = `${given} ${name}`;
    const fragment = fragments.get(name);
    if (fragment && !known.has(key)) {
      known.set(key, nothing);
      known.set(key, ofSet(fragment, given));
    }
    return known.get(key) ?? nothing;
  };
  const ofSet = ({ selections }: SelectionSetNode, given: number): T =>
    selections
      .map((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value, given);
        const set = selection.selectionSet;
        if (!set) return nothing;
        return selection.kind === Kind.FIELD ? of(selection, (n) => ofSet(set, n), given) : ofSet(set, given);
      })
      .reduce((a, b) => join(a, b), nothing);
  return ofSet;
}
