import pg from 'pg';

/** Texts that are planned once for each connection. A connection holds the plans of all of them, some 20 kB each. */
const MOST_NAMED = 400;
/** What answers nothing, and cannot fail where the transaction has not: it goes out together with what follows it. */
const QUIET = /^(?:begin|savepoint|release savepoint)\b[\w ]*$/i;
const BEGINS = /^begin\b/i;
const READS = /^\s*(?:select|with\s+own\s+as\s+materialized\s*\(\s*select)\b/i;
const NOTHING = { rows: [], rowCount: 0, fields: [], command: '', oid: 0 };

type Asked = string | pg.QueryConfig;
type Heard = (error: Error | undefined, result?: unknown) => void;
/** The form in which drizzle and the pool ask. */
type Ask = (asked: Asked, values?: unknown[] | Heard, heard?: Heard) => Promise<unknown>;

const names = new Map<string, string>();
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known || names.size >= MOST_NAMED) return known;
  const name = `k${names.size}`;
  names.set(text, name);
  return name;
}

/**
 * A connection that plans each statement once, and spends no round trip on what answers nothing. A transaction's `begin` goes out with its
 * first statement where that one only reads, and nothing more is sent until it is known to have begun: else, should somebody cancel
 * just the `begin`, what follows would be written outside the transaction.
 */
export class ReactorClient extends pg.Client {
  #quiet: string[] = [];
  #begun: Promise<unknown> | undefined;
  readonly #send: Ask;

  constructor(config?: string | pg.ClientConfig) {
    super({ ...(typeof config === 'string' ? { connectionString: config } : config), pipeline: true });
    this.#send = super.query.bind(this) as Ask;
    // Set on the instance: its overloads, which no override could name, stay as they are.
    Object.assign(this, { query: (...asked: Parameters<Ask>) => this.#ask(...asked) });
  }

  #ask(...[asked, values, heard]: Parameters<Ask>): Promise<unknown> {
    // The pool's own way to ask, outside every transaction.
    if (heard || typeof values === 'function') return this.#named(asked, values, heard);
    const text = typeof asked === 'string' ? asked : asked.text;
    if (QUIET.test(text)) {
      this.#quiet.push(text);
      return Promise.resolve(NOTHING);
    }
    const first = this.#quiet;
    this.#quiet = [];
    const isBeginning = BEGINS.test(first[0] ?? '');
    // Nobody was told of it: there is nothing to end.
    if (isBeginning && /^(?:commit|rollback)$/i.test(text)) return Promise.resolve(NOTHING);
    const go = () => this.#together(first, () => this.#named(asked, values));
    if (!isBeginning) {
      const begun = this.#begun;
      this.#begun = undefined;
      return begun ? begun.then(go) : go();
    }
    if (!READS.test(text)) return this.#send(first.join('; ')).then(() => this.#named(asked, values));
    return go();
  }

  /** Sends what was quiet and what follows it in one breath. Should the former fail, so does the latter, or it only reads. */
  #together(first: readonly string[], follow: () => Promise<unknown>): Promise<unknown> {
    if (first.length === 0) return follow();
    const { stream } = this.connection;
    stream.cork();
    try {
      this.#begun = this.#send(first.join('; '));
      this.#begun.catch(() => undefined);
      return follow();
    } finally {
      stream.uncork();
    }
  }

  #named(asked: Asked, values: unknown[] | Heard | undefined, heard?: Heard): Promise<unknown> {
    const { text, values: own } = typeof asked === 'string' ? { text: asked } : asked;
    const given = Array.isArray(values) ? values : own;
    const name = given && given.length > 0 ? nameOf(text) : undefined;
    return this.#send(name ? { ...(typeof asked === 'string' ? { text } : asked), name } : asked, values, heard);
  }
}
