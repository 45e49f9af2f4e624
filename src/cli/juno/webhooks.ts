import { deleteWebhook } from '../../juno/deleteWebhook.ts';
import { parseJson } from '../../juno/json.ts';
import { listWebhookKeys } from '../../juno/listWebhookKeys.ts';
import { listWebhooks } from '../../juno/listWebhooks.ts';
import { verifyWebhook, WEBHOOK_KEY_ID_HEADER, WEBHOOK_SIGNATURE_HEADER } from '../../juno/verifyWebhook.ts';
import { readWebhook } from '../../juno/webhook.ts';
import { centavos } from '../../money/money.ts';
import type { Bench } from './bench.ts';
import type { Purse } from './purse.ts';
import { isTaken, type Question, shown, UnsettledError } from './question.ts';
import { keep } from './reading.ts';
import type { Delivery, Receiver } from './receiver.ts';
import { fieldOf, keysOf, redacted, wordOf } from './shape.ts';

export type WebhookParameters = Readonly<{
  purse: Purse;
  /** Null where no delivery can come to this machine. */
  receiver: Receiver | null;
  /** An HTTPS address from which Juno's deliveries come to the receiver; not needed on loopback. */
  url: string | undefined;
  /** Where the public keys are, which no page names; signatures are not checked without it. */
  keysPath: string | undefined;
  /** Where one delivery of each type is kept. */
  keepIn: string | undefined;
  /** Whether a crypto withdrawal is among what was made. */
  withdraws: boolean;
  /** How long repeats are counted. */
  retries_ms: number;
}>;

const PATH = '/v4/webhooks';
/** What J/webhooks names, and what Bitso tells of at the same path (P/payload-funding, P/payload-withdrawal). */
const EVENTS = ['TRANSACTION', 'funding', 'withdrawal'];
const TYPES = ['ISSUANCE', 'REDEMPTION', 'CRYPTO_WITHDRAWAL', 'CRYPTO_DEPOSIT', 'CONVERSION'];
const MOST_LOOKS = 100;

/** Registers what is missing before anything happens, tells afterwards what came, and how often it comes where it is refused. */
export function webhookQuestions(parameters: WebhookParameters) {
  const { purse, receiver, keysPath, keepIn } = parameters;
  const callbackUrl = parameters.url ?? `http://127.0.0.1:${receiver?.port}/juno-check`;
  const other = `${callbackUrl}${callbackUrl.includes('?') ? '&' : '?'}juno-check=2`;
  const registered = new Set<string>();
  /** Whether nothing was at our addresses before, so that all that is there now is of this run. */
  let isBegun = false;

  const listening = (): Receiver => {
    if (receiver) return receiver;
    throw new UnsettledError('it needs --webhook-url, an HTTPS address that leads to --webhook-port here');
  };
  const register = async ({ probe }: Bench, event: string, address: string) => {
    const answer = await probe({
      method: 'POST',
      path: PATH,
      body: JSON.stringify({ callback_url: address, events: [event] }),
    });
    if (isTaken(answer)) registered.add(event);
    return answer;
  };
  const addresses = [callbackUrl, other];
  const ours = async ({ juno }: Bench) =>
    isBegun ? (await listWebhooks(juno)).items.filter((item) => addresses.includes(item.callbackUrl)) : [];

  const registration: Question = {
    id: 'webhook-registration',
    question: 'Which webhooks can be registered, and what of a second one?',
    costs: 'up to three webhooks to an address of this check, deleted again at its end',
    ask: async (bench) => {
      listening();
      const known = await listWebhooks(bench.juno);
      if (known.items.some((item) => addresses.includes(item.callbackUrl)))
        throw new UnsettledError(
          'the account tells --webhook-url already: name another address, or delete that webhook',
        );
      isBegun = true;
      const answers = [];
      for (const event of EVENTS) answers.push([event, await register(bench, event, callbackUrl)] as const);
      const [[, first] = []] = answers;
      if (!first || !isTaken(first))
        throw new UnsettledError(
          `TRANSACTION was not registered (${first && shown(first)}): ${known.items.length > 0 ? 'the account tells another address already; ask with a key of another account' : 'look at --webhook-url'}`,
        );
      const again = await register(bench, 'TRANSACTION', callbackUrl);
      const elsewhere = await register(bench, 'TRANSACTION', other);
      // One of each is enough to be told.
      const doubles = (await ours(bench)).filter(({ event }) => event === 'transaction').slice(1);
      for (const { id } of doubles) if (id !== null) await deleteWebhook(bench.juno, { id });
      const list = Object.keys(Object(parseJson((await listWebhooks(bench.juno)).raw))).join(', ');
      const word = (answer: typeof first) => (isTaken(answer) ? 'taken' : 'refused');
      return {
        found: `${answers.map(([event, answer]) => `${event} ${shown(answer)}`).join(', ')}; the same again ${word(again)}, to another address ${word(elsewhere)}; listed as {${list}}`,
        evidence: `answered ${keysOf(first.json)}; again: ${shown(again)}; elsewhere: ${shown(elsewhere)}`,
      };
    },
  };

  const deliveries: Question = {
    id: 'webhooks',
    question: 'What do webhooks look like, of which types do they come, and are they signed?',
    costs: 'nothing more: it looks at what came of all that was made',
    ask: async (bench) => {
      const { taken } = listening();
      const expected = ['ISSUANCE', 'REDEMPTION', ...(parameters.withdraws ? ['CRYPTO_WITHDRAWAL'] : [])];
      const typed = new Map<Delivery, string>();
      const ids = new Map<string, string | null>();
      await bench.watch(async () => {
        for (const delivery of taken) if (!typed.has(delivery)) typed.set(delivery, await typeOf(bench, delivery, ids));
        const came = new Set(typed.values());
        return expected.every((type) => came.has(type)) || undefined;
      });
      if (typed.size === 0)
        throw new UnsettledError('nothing was delivered in time: see that --webhook-url leads here, and ask again');
      const examples = new Map([...typed].toReversed().map(([delivery, type]) => [type, delivery]));
      if (keepIn !== undefined)
        for (const [type, delivery] of examples) await keep(keepIn, `webhook-${fileOf(type)}`, exampleOf(delivery));
      const wanted = [...TYPES, ...[...registered].filter((event) => event !== 'TRANSACTION')];
      const never = wanted.filter((type) => !examples.has(type));
      const [newest] = [...examples.values()];
      const hint = newest && readWebhook(newest.body);
      const names = distinct([...examples.values()].map(({ body }) => eventOf(body)));
      return {
        found: [
          await verdictOn(bench, [...typed.keys()]),
          `came: ${distinct([...examples.keys()])}`,
          `never: ${never.join(', ') || 'none'}`,
          hint?.kind === 'hint'
            ? `an id and ${hint.status === null ? 'no status' : 'a status'} are read`
            : 'no id is read',
          `called ${names}`,
        ].join('; '),
        evidence: `${[...examples].map(([type, { body }]) => `${type} ${shapeOf(body)}`).join('; ')}; headers ${headersOf(newest)}${keepIn === undefined ? '' : `; one of each kept in ${keepIn}`}`,
      };
    },
  };

  const retries: Question = {
    id: 'webhook-retries',
    question: 'How often does a webhook come that is answered 503?',
    costs: 'one mock deposit of 100 MXN',
    ask: async (bench) => {
      const { refuse, refused } = listening();
      refuse();
      await purse.deposit(centavos(10_000n));
      // The first may take as long as anything that happens by itself; the repeats are counted from then on.
      await bench.watch(async () => refused.length > 0 || undefined);
      await bench.watch(async () => undefined, parameters.retries_ms);
      const times = Map.groupBy(refused, ({ body }) => body.toString('utf8'));
      const most = [...times.values()].toSorted((one, two) => two.length - one.length)[0];
      if (!most) throw new UnsettledError('nothing was delivered in time: ask again with a longer --wait');
      const pauses = most
        .slice(1)
        .map(({ at_ms }, place) => ((at_ms - (most[place]?.at_ms ?? at_ms)) / 1_000).toFixed(1));
      const within = `within ${Math.round(parameters.retries_ms / 1_000)} s`;
      return {
        found: most.length === 1 ? `once, and not again ${within}` : `${most.length} times ${within}`,
        evidence: pauses.length === 0 ? 'no pause' : `pauses of ${pauses.join(', ')} s`,
      };
    },
  };

  async function verdictOn({ juno }: Bench, all: readonly Delivery[]): Promise<string> {
    const signed = all.filter(({ headers }) => headers[WEBHOOK_SIGNATURE_HEADER] !== undefined);
    if (signed.length === 0) return 'not signed';
    if (keysPath === undefined) return 'signed; name --webhook-keys to have it checked';
    const { items: keys, raw } = await listWebhookKeys(juno, { path: keysPath });
    const verdicts = signed.map(({ headers, body }) =>
      verifyWebhook({
        ...{ body, keys },
        signature: oneOf(headers[WEBHOOK_SIGNATURE_HEADER]),
        keyId: oneOf(headers[WEBHOOK_KEY_ID_HEADER]),
      }),
    );
    const around = Array.isArray(parseJson(raw)) ? 'a bare list' : 'under `payload`';
    return `signed, ${distinct(verdicts)}, keys ${around}`;
  }

  /** Deletes the webhooks that this run registered, and no other. */
  async function remove(bench: Bench): Promise<void> {
    for (const { id } of await ours(bench)) if (id !== null) await deleteWebhook(bench.juno, { id });
  }

  return { registration, deliveries, retries, remove };
}

/** By what Juno says of the id that it names; by the event's own name where it is no transaction's. */
async function typeOf({ probe }: Bench, { body }: Delivery, known: Map<string, string | null>): Promise<string> {
  const hint = readWebhook(body);
  if (hint.kind !== 'hint') return 'unreadable';
  for (const id of [...hint.transactionIds, ...hint.bitsoIds]) {
    if (!known.has(id) && known.size < MOST_LOOKS) known.set(id, await look(id));
    const type = known.get(id);
    if (type) return type;
  }
  return eventOf(body);

  // As it came: one of less than a centavo is no transaction for the door, and has a type all the same.
  async function look(id: string): Promise<string | null> {
    const path = `/mint_platform/v1/transactions/${encodeURIComponent(id)}`;
    const type = fieldOf(fieldOf((await probe({ method: 'GET', path })).json, 'payload'), 'transaction_type');
    return typeof type === 'string' ? wordOf(type.toUpperCase()) : null;
  }
}

/** What the delivery calls itself, at its outermost. */
function eventOf(body: Buffer): string {
  try {
    const json = parseJson(body.toString('utf8'));
    return wordOf(fieldOf(json, 'event') ?? fieldOf(json, 'type'));
  } catch {
    return 'nothing';
  }
}

const oneOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;
const distinct = (words: readonly string[]): string => [...new Set(words)].toSorted().join(', ');
const fileOf = (type: string): string => type.toLowerCase().replaceAll(/[^a-z_]/g, '');
const headersOf = (delivery: Delivery | undefined): string =>
  Object.keys(delivery?.headers ?? {})
    .toSorted()
    .join(', ');

/** The body as it came, but for what is private, and the names of the headers; of their values those that are of no one. */
function exampleOf({ headers, body }: Delivery): string {
  const open = new Set(['content-type', 'user-agent', 'content-length', WEBHOOK_KEY_ID_HEADER]);
  const named = Object.entries(headers).map(([name, value]) => [name, open.has(name) ? value : '…']);
  return `{"headers":${JSON.stringify(Object.fromEntries(named))},"body":${redacted(body.toString('utf8'))}}`;
}

function shapeOf(body: Buffer): string {
  try {
    return keysOf(parseJson(body.toString('utf8')));
  } catch {
    return `of ${body.byteLength} bytes, no JSON`;
  }
}
