/** One whole world of two reactors in which payments are followed from outside: by their traces, their log, and over GraphQL. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery, parse, validate } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { payoutClabe } from '../../src/local/drive.ts';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { escrowRootOf, rootOf } from '../../src/trace/ids.ts';

import { keyOf, query, SHORT_DELAYS, until } from '../journey/support.ts';
import { findNameless } from '../runner/nameless.ts';
import { findPrivate } from '../runner/private.ts';
import { startCollector } from './collector.ts';

/** All of them; the last is let out before its date, by a signature. */
const PAYMENTS = 3;
const DRIVEN = PAYMENTS - 1;
const TIMEOUT_MS = 180_000;

let world: World;
let collector: Awaited<ReturnType<typeof startCollector>>;
let payments: readonly string[];
let driven: readonly string[];
let approved: string;

beforeAll(async () => {
  collector = await startCollector();
  world = await startWorld({
    reactors: 2,
    sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS },
    settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  const headers = {
    authorization: `Bearer ${world.apiKey}`,
    'content-type': 'application/json',
    'idempotency-key': 'a-hook',
  };
  const body = JSON.stringify({ url: `${collector.url}/hook`, reason: 'a test' });
  const made = await fetch(`${world.urls.reactor}/api/v1/webhook-endpoints`, { method: 'POST', headers, body });
  expect(made.status).toBe(201);
  const report = await driveAndJudge(world, { payments: DRIVEN, timeoutMs: TIMEOUT_MS - 60_000 });
  expect(report).toMatchObject({ completed: DRIVEN, paid_twice: 0, lost_centavos: 0 });
  const rows = await query<{ id: string }>(world, 'SELECT id FROM reactor.payment');
  driven = rows.map(({ id }) => id);
  approved = await payEarly();
  payments = [...driven, approved];
  await until(async () => payments.every(isWhole));
}, TIMEOUT_MS);
afterAll(async () => {
  await world?.stop();
  await collector?.stop();
});

/** A payment that both let out long before its date. */
async function payEarly(): Promise<string> {
  const agentKey = await keyOf(world, 'agent');
  const [{ payerId, recipientId } = { payerId: '', recipientId: '' }] = await query<Record<string, string>>(
    world,
    'SELECT payer_id AS "payerId", recipient_id AS "recipientId" FROM reactor.payment LIMIT 1',
  );
  const { id, depositClabe, deposit } = (await world.api.call('/payments', {
    ...{ payerId, recipientId, amount: '777.00', custodySeconds: 7_200, release: 'approvals', concept: 'Renta' },
    payout: { clabe: payoutClabe(99), legalName: 'Gloria Paz' },
  })) as Record<string, string>;
  await world.deposit(depositClabe ?? '', deposit ?? '');
  await until(async () => (await world.api.payment(id ?? '')).status === 'in_custody');
  for (const [party, userId] of Object.entries({ payer: payerId, recipient: recipientId })) {
    const response = await fetch(`${world.urls.reactor}/api/v1/payments/${id}/approvals`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${agentKey}`, 'content-type': 'application/json' },
        'idempotency-key': `approved-${party}`,
      },
      body: JSON.stringify({ party, userId, reason: 'received' }),
    });
    expect(response.status, await response.clone().text()).toBe(201);
  }
  await until(async () => (await world.api.payment(id ?? '')).status === 'completed');
  return id ?? '';
}

/** Spans are sent in batches, and one that others are parts of after them. */
const isWhole = (payment: string): boolean => {
  const spans = ofPayment(payment);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const isPaid = spans.some(({ attributes }) => attributes['kustodia.to'] === 'completed');
  const isTold = spans.some(({ attributes }) => attributes['kustodia.type'] === 'leg.completed');
  return isPaid && isTold && spans.every(({ parent }) => parent === null || ids.has(parent));
};
const ofPayment = (payment: string) => collector.spans.filter(({ traceId }) => traceId === rootOf(payment).traceId);

describe('the trace of a payment', () => {
  test('has every part of its journey in one trace, whichever process did it', async () => {
    for (const payment of driven) {
      const spans = ofPayment(payment);
      const names = new Set(spans.map(({ name }) => name));
      expect([...names]).toEqual(
        expect.arrayContaining([
          ...['payment', 'api POST /api/v1/payments', 'deposit.claim', 'webhook.receive', 'webhook.deliver'],
          ...['advance', 'decision.move', 'decision.record', 'decision.send', 'effect.confirm'],
          ...['wallet.sign', 'chain.broadcast', 'rpc eth_sendRawTransaction'],
          ...['rail POST /mint_platform/v1/withdrawals', 'rail POST /mint_platform/v1/redemptions'],
        ]),
      );
      const moves = spans
        .filter(({ name }) => name === 'decision.move')
        .map(({ attributes }) => attributes['kustodia.to']);
      expect(moves).toEqual(
        expect.arrayContaining(['deposited', 'withdrawn', 'in_custody', 'released', 'returned', 'completed']),
      );
      const effects = (name: string) =>
        new Set(spans.filter((span) => span.name === name).map(({ attributes }) => attributes['kustodia.kind']));
      const kinds = ['juno_withdrawal', 'chain_fund', 'chain_release', 'chain_return', 'juno_redemption'];
      expect([...effects('decision.record')].sort()).toEqual([...kinds].sort());
      expect([...effects('effect.confirm')].sort()).toEqual([...kinds].sort());
    }
  });

  test('hangs together: every span names its payment, and leads to the root', () => {
    for (const payment of payments) {
      const spans = ofPayment(payment);
      const byId = new Map(spans.map((span) => [span.spanId, span]));
      for (const span of spans) {
        expect(span.attributes['kustodia.payment']).toBe(payment);
        let top = span;
        while (top.parent !== null) {
          const above = byId.get(top.parent);
          expect(above, `${top.name} hangs on nothing`).toBeDefined();
          top = above ?? top;
          if (!above) break;
        }
        expect(top).toMatchObject({ name: 'payment', spanId: rootOf(payment).spanId });
      }
    }
  });

  test('holds what the approver was asked for, and what it said', () => {
    expect(ofPayment(approved).filter(({ service }) => service === 'kustodia-approver')).toEqual([
      expect.objectContaining({
        ...{ name: 'approver.sign', parent: rootOf(approved).spanId },
        attributes: expect.objectContaining({ 'kustodia.kind': 'release', 'kustodia.outcome': 'signed' }),
      }),
    ]);
  });

  test('is linked to what the indexer did for its escrow, which knows the reference alone, and back', async () => {
    const legs = await query<{ payment: string; reference: string }>(
      world,
      'SELECT payment_id AS payment, reference FROM reactor.leg WHERE escrow_id IS NOT NULL',
    );
    expect(legs.map(({ payment }) => payment).sort()).toEqual([...payments].sort());
    for (const { payment, reference } of legs) {
      const escrow = escrowRootOf(reference);
      const inside = ofPayment(payment).find(({ name }) => name === 'escrow');
      expect(inside).toMatchObject({ links: [escrow], parent: rootOf(payment).spanId });
      const theirs = collector.spans.filter(({ traceId }) => traceId === escrow.traceId);
      const root = theirs.find(({ spanId }) => spanId === escrow.spanId);
      expect(root).toMatchObject({ parent: null, service: 'kustodia-reactor' });
      expect(root?.links).toEqual([{ traceId: inside?.traceId, spanId: inside?.spanId }]);
      const indexed = theirs.filter(({ service }) => service === 'kustodia-indexer');
      expect(theirs).toHaveLength(indexed.length + 1);
      expect(new Set(indexed.map(({ attributes }) => attributes['kustodia.kind']))).toEqual(
        new Set([
          'created',
          'referenced',
          'funded',
          'released',
          ...(payment === approved ? ['early_end_approved'] : []),
        ]),
      );
      for (const { name, parent, attributes } of indexed) {
        expect({ name, parent }).toEqual({ name: 'indexer.event', parent: escrow.spanId });
        expect(attributes).not.toHaveProperty('kustodia.payment');
      }
    }
  });

  test('goes over both reactors, and nothing is traced that is of no payment', async () => {
    expect(new Set(collector.spans.map(({ service, process }) => `${service} ${process}`)).size).toBe(4);
    const legs = await query<{ reference: string }>(world, 'SELECT reference FROM reactor.leg');
    const roots = [...payments.map(rootOf), ...legs.map(({ reference }) => escrowRootOf(reference))];
    const ours = new Set(roots.map(({ traceId }) => traceId));
    expect(collector.spans.filter(({ traceId }) => !ours.has(traceId))).toEqual([]);
    expect(collector.webhooks()).toBeGreaterThan(0);
  });

  test('holds no account, name, amount or secret', () => {
    expect(findPrivate(collector.text())).toEqual([]);
    expect(collector.text()).not.toMatch(/Ruiz|Luna|@example\.com|1000\.01/);
    for (const { attributes } of collector.spans)
      for (const name of Object.keys(attributes))
        expect(name).toMatch(
          /^kustodia\.(payment|leg|effect|kind|from|to|attempt|state|code|status|outcome|reference|source|type|tries|hash)$/,
        );
  });
});

test('each line of a reactor’s log that is of a payment names it', () => {
  const kept = process.env['KUSTODIA_LOGS'];
  const lines = world.reactors().flatMap(({ name, pid }) => {
    const file = kept ? join(kept, `${name}-${pid}.log`) : join(world.folder, `${name}.log`);
    return readFileSync(file, 'utf8').split('\n');
  });
  expect(lines.flatMap(findNameless)).toEqual([]);
  const ids = new Set(payments);
  const told = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, string>);
  for (const payment of payments) {
    const events = new Set(told.filter((line) => line['payment'] === payment).map(({ event }) => event));
    expect([...events]).toEqual(
      expect.arrayContaining(['deposit_claimed', 'leg_moved', 'effect_recorded', 'transaction_sent']),
    );
  }
  // No line that holds the id of a payment anywhere is without its field.
  const holds = (line: Record<string, string>) => [...ids].some((id) => JSON.stringify(line).includes(id));
  expect(told.filter((line) => holds(line) && !ids.has(line['payment'] ?? ''))).toEqual([]);
});

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/graphql.md'), 'utf8');
const DOCUMENTED = new Map(
  [...GUIDE.matchAll(/```graphql\n(query (\w+)[\s\S]*?)```/g)].map(([, text = '', name = '']) => [name, text]),
);
type Row = Record<string, unknown>;

describe('GraphQL', () => {
  const client = () => new GraphQLClient(`${world.urls.indexer}/graphql`);
  const ask = (name: string, variables: Row) =>
    client().request<Record<string, Row>>(DOCUMENTED.get(name) ?? '', variables);

  async function askAll(): Promise<Map<string, Record<string, Row>>> {
    const legs = await query<{ reference: string }>(world, 'SELECT reference FROM reactor.leg');
    const { reference } = legs[0] ?? { reference: '' };
    const time = { from: '0', until: '4000000000' };
    const found = (await ask('EscrowByReference', { reference }))['escrows']?.['items'] as {
      id: string;
      events: { items: { txHash: string }[] };
    }[];
    const [{ id, events } = { id: '', events: { items: [] } }] = found;
    const asked: Record<string, Row> = {
      EscrowById: { id },
      EscrowByReference: { reference },
      EscrowsByStatus: { status: 'released' },
      EscrowsByTime: time,
      EventsByTime: { kind: 'funded', ...time },
      TransfersOfEscrow: { escrow: id },
      TransfersByTransaction: { txHash: events.items.at(-1)?.txHash },
      TransfersTo: { to: world.contracts.escrow?.toLowerCase(), ...time },
      AdminEvents: { from: '0' },
    };
    expect(Object.keys(asked).sort()).toEqual([...DOCUMENTED.keys()].sort());
    const answers = await Promise.all(
      Object.entries(asked).map(async ([name, variables]) => [name, await ask(name, variables)] as const),
    );
    return new Map(answers);
  }

  function assertAnswered(answers: ReadonlyMap<string, Record<string, Row>>): void {
    const of = (name: string) =>
      Object.values(answers.get(name) ?? {})[0] as Row & { items: Row[]; totalCount: number };
    expect(of('EscrowById')).toMatchObject({
      status: 'released',
      events: {
        items: expect.arrayContaining(
          ['created', 'funded', 'released'].map((kind) => expect.objectContaining({ kind })),
        ),
      },
      transfers: { items: [expect.anything(), expect.anything()] },
    });
    expect(of('EscrowByReference').items).toHaveLength(1);
    expect(of('EscrowsByStatus')).toMatchObject({ totalCount: PAYMENTS, pageInfo: { hasNextPage: true } });
    expect(of('EscrowsByStatus').items).toHaveLength(2);
    expect(of('EscrowsByTime').totalCount).toBe(PAYMENTS);
    expect(of('EventsByTime')).toMatchObject({
      totalCount: PAYMENTS,
      items: expect.arrayContaining([
        expect.objectContaining({ ofEscrow: expect.objectContaining({ status: 'released' }) }),
      ]),
    });
    expect(of('TransfersOfEscrow').items).toHaveLength(2);
    expect(of('TransfersByTransaction').items.length).toBeGreaterThan(0);
    expect(of('TransfersTo').totalCount).toBe(PAYMENTS);
    expect(of('AdminEvents').items.length).toBeGreaterThan(0);
  }

  test('a public client gets an answer to every documented query', async () => {
    assertAnswered(await askAll());
    const first = (await ask('EscrowsByStatus', { status: 'released' }))['escrows'] as {
      pageInfo: { endCursor: string };
    };
    const second = await ask('EscrowsByStatus', { status: 'released', after: first.pageInfo.endCursor });
    expect(second['escrows']).toMatchObject({ items: [expect.anything()], pageInfo: { hasNextPage: false } });
  });

  test.each([
    [
      'too deep',
      '{ escrow(id: "x") { events(limit: 1) { items { ofEscrow { events(limit: 1) { items { kind } } } } } } }',
      /depth/i,
    ],
    [
      'too many aliases',
      `{ ${Array.from({ length: 11 }, (_, i) => `a${i}: escrows { totalCount }`).join(' ')} }`,
      /alias/i,
    ],
    ['too long', `{ escrows { items { ${'id '.repeat(600)} } } }`, /token/i],
    ['too large', `{ escrows { totalCount } } #${'x'.repeat(17_000)}`, /413|16384/],
    ['too many rows', '{ escrows(limit: 1001) { totalCount } }', /limit/i],
    [
      'too many rows below one another',
      '{ escrows(limit: 1000) { items { events { items { kind } } } } }',
      /51000 rows of 1001 lists/,
    ],
    [
      'too deep into the schema',
      `{ __schema { ${'types { fields { type { '.repeat(2)} name ${'} } } '.repeat(2)} } }`,
      /3 lists/,
    ],
  ])('what is %s is refused, and says so', async (_what, text, because) => {
    await expect(client().request(text)).rejects.toThrow(because);
  });

  test('a public client reads the schema by the usual introspection, and finds what the page describes', async () => {
    const introspection = await client().request<IntrospectionQuery>(getIntrospectionQuery());
    const schema = buildClientSchema(introspection);
    for (const query of DOCUMENTED.values()) expect(validate(schema, parse(query))).toEqual([]);
  });

  test('and it answers the same while every reactor is down', async () => {
    await Promise.all(world.reactors().map((reactor) => reactor.kill9()));
    await expect(fetch(`${world.urls.reactor}/health`)).rejects.toThrow();
    assertAnswered(await askAll());
  });
});
