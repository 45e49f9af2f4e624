import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { openSandbox } from '../../../src/sandbox/app.ts';
import { sandboxContext } from '../../../src/sandbox/context.ts';
import { readSettings } from '../../../src/sandbox/settings.ts';
import type { TestChain } from './chain.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { environmentFor, sandboxAt, until } from './sandbox.ts';

const ENDS = ['COMPLETE', 'FAILED'];
const BITSO_ORDER = {
  currency: 'mxn',
  protocol: 'clabe',
  amount: '100',
  beneficiary: 'Vera',
  clabe: '646180157042875763',
  origin_id: 'order-1',
};

/**
 * A sandbox within the test's own process, over real HTTP, whose clock the test may set forward. It looks at what happened
 * through the admin endpoint only, which no switch changes.
 */
export async function openHere(chain: TestChain, environment: Readonly<Record<string, string>>) {
  const stopping = new AbortController();
  const settings = readSettings({ ...environmentFor(chain), ...environment });
  const context = sandboxContext({
    switches: settings.SANDBOX_SWITCHES,
    logger: pino({ level: 'silent' }),
    signal: stopping.signal,
  });
  let ahead_ms = 0;
  const clock = {
    now_ms: () => context.clock.now_ms() + ahead_ms,
    now_ns: () => context.clock.now_ns() + BigInt(ahead_ms) * 1_000_000n,
  };
  const app = await openSandbox({ ...context, clock }, settings);
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const sandbox = sandboxAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const receivers: Receiver[] = [];

  const transactions = async (): Promise<{ id: string; type: string; status: string }[]> =>
    (await sandbox.admin('GET', '/transactions')).body['transactions'];
  const ended = (id: string) =>
    until(`${id} to end`, async () => (await transactions()).find((t) => t.id === id && ENDS.includes(t.status)));
  const clabe = async (): Promise<string> =>
    (await sandbox.call('POST', '/mint_platform/v1/clabes', {})).body['payload'].clabe;
  const deposit = async (amount: string, receiver_clabe?: string) =>
    sandbox.admin('POST', '/deposits', {
      amount,
      receiver_clabe: receiver_clabe ?? (await clabe()),
      receiver_name: 'Kustodia',
      sender_name: 'Paula',
    });

  return {
    ...sandbox,
    chain,
    transactions,
    ended,
    clabe,
    deposit,
    setForward: (duration_ms: number): void => {
      ahead_ms += duration_ms;
    },
    arm: (name: string, endpoint: string, rest: object = {}) =>
      sandbox.admin('POST', '/faults', { name, endpoint, ...rest }),
    /** Brings MXNB to the balance; the id of its ISSUANCE. */
    async fund(amount: string): Promise<string> {
      const before = await transactions();
      await deposit(amount);
      const { id } = await until('the issuance', async () =>
        (await transactions()).find((t) => t.type === 'ISSUANCE' && !before.some(({ id }) => id === t.id)),
      );
      await ended(id);
      return id;
    },
    /** Redeems to a bank account and waits for the end; its id. */
    async payOut(amount: string): Promise<string> {
      const account = await sandbox.registerBankAccount(BITSO_ORDER.clabe);
      const { body } = await sandbox.redeem({ amount, destination_bank_account_id: account });
      const { id } = body['payload'];
      await ended(id);
      return id;
    },
    /** Brings pesos to the Bitso balance. */
    async fundBitso(amount: string): Promise<void> {
      await this.fund(amount);
      const { body } = await sandbox.redeem({ amount });
      await ended(body['payload'].id);
    },
    /** Asks Bitso for a withdrawal. */
    withdrawBitso: (fields: object = {}) => sandbox.call('POST', '/v3/withdrawals', { ...BITSO_ORDER, ...fields }),
    /** The same, when it has ended; its view. */
    async payOutBitso(fields: object = {}) {
      const { wid } = (await this.withdrawBitso(fields)).body['payload'];
      return until('the withdrawal to end', async () => {
        const view = await sandbox.get(`/v3/withdrawals/${wid}`);
        return ['complete', 'failed'].includes(view.status) ? view : undefined;
      });
    },
    giveBack: (id: string) => sandbox.admin('POST', '/returns', { id }),
    /** A receiver of webhooks that is registered. */
    async receiver(): Promise<Receiver> {
      const receiver = await startReceiver();
      receivers.push(receiver);
      await sandbox.call('POST', '/v4/webhooks', { callback_url: receiver.url, events: ['TRANSACTION'] });
      return receiver;
    },
    async stop(): Promise<void> {
      stopping.abort();
      for (const receiver of receivers) receiver.close();
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

export type Here = Awaited<ReturnType<typeof openHere>>;

/**
 * What is asked to see which answer a switch has: gives back the same for the same answer, and another for every other.
 * `answers` and `environment` stand for those of the table and of the other tests where those are too slow to see.
 */
export type Probe =
  | ((sandbox: Here) => Promise<unknown>)
  | Readonly<{
      look: (sandbox: Here) => Promise<unknown>;
      answers?: readonly (string | number | boolean)[];
      environment?: Readonly<Record<string, string>>;
    }>;
