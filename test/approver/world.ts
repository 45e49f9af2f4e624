/** The approver over a real chain and a real Postgres, with a login of its own; and payments for it to judge. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hex } from 'viem';
import type { Log } from '../../src/approver/log.ts';
import { startApprover } from '../../src/approver/open.ts';
import { readApproverSettings } from '../../src/approver/settings.ts';
import {
  type EarlyAct,
  type EarlyApproval,
  earlyApprovalData,
  earlyApprovalText,
} from '../../src/chain/early-approval.ts';
import { freePort } from '../../src/local/ports.ts';
import type { ReleasePolicy } from '../../src/reactor/payment/states.ts';
import { giveApproval } from '../../src/reactor/release/approve.ts';
import { keyOf } from '../finality/settings.ts';
import { openFinalityWorld } from '../finality/world.ts';
import { APPROVER, BRIDGE, lower } from '../indexer/escrows.ts';
import type { TestPostgres } from '../support/postgres.ts';
import { call } from './call.ts';

/** Longer than anything here takes by the chain's clock. */
const CUSTODY_S = 30 * 24 * 3600;
export const TOKEN = randomBytes(24).toString('hex');
const ACTOR = { id: randomUUID(), name: 'the app', role: 'agent' } as const;

export type Answer = Readonly<{ status: number; result?: string; error?: Readonly<{ code: number; message: string }> }>;
type Changed = Partial<Omit<EarlyApproval, 'chainId'>> & { chainId?: number; types?: object };

/** `url` and `token` are what the reactor of this world is told of its approver; nothing listens there until a test starts it. */
export async function openApproverWorld(postgres: TestPostgres) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const world = await openFinalityWorld(postgres, {
    showsDisputes: true,
    nodes: async () => ({
      ESCROW_APPROVER: APPROVER.address,
      ESCROW_APPROVER_SIGNER_URL: url,
      ESCROW_APPROVER_SIGNER_TOKEN: TOKEN,
    }),
  });
  await world.contracts.grantApprover();
  const folder = await mkdtemp(join(tmpdir(), 'approver-'));
  const login = `approver_${randomBytes(6).toString('hex')}`;
  await world.db.$client.query(`CREATE ROLE ${login} LOGIN PASSWORD '${login}' IN ROLE kustodia_approver`);
  const database = new URL(world.settings.databaseUrl);
  database.username = login;
  database.password = login;
  const environment = (given: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    APPROVER_DATABASE_URL: database.href,
    APPROVER_TOKEN: TOKEN,
    APPROVER_PORT: '0',
    APPROVER_JOURNAL: join(folder, `${randomUUID()}.jsonl`),
    CHAIN_ID: '31337',
    ETH_RPC_URL: world.anvil.url,
    ESCROW_CONTRACT_ADDRESS: world.contracts.escrow,
    ESCROW_BRIDGE_WALLET: BRIDGE.address,
    ESCROW_APPROVER: APPROVER.address,
    ESCROW_APPROVER_KEY: keyOf(APPROVER),
    ...given,
  });

  const logged: Record<string, unknown>[] = [];
  const log: Log = (level, line) => void logged.push({ level, ...line });
  const open: (() => Promise<void>)[] = [];
  /** Another approver, on a port of its own. */
  const start = async (given: Readonly<Record<string, string>> = {}) => {
    const running = await startApprover(readApproverSettings(environment(given)), log);
    let isOpen = true;
    const close = async () => {
      if (isOpen) await running.close();
      isOpen = false;
    };
    open.push(close);
    const url = `http://127.0.0.1:${running.port}`;
    const post = async (body: string, token = TOKEN): Promise<Answer> => {
      const response = await fetch(url, { method: 'POST', body, headers: { Authorization: `Bearer ${token}` } });
      return { status: response.status, ...((await response.json()) as object) };
    };
    return { ...running, url, post, close };
  };

  const inCustody = async (release: ReleasePolicy, amount: bigint) => {
    const payment = await world.givePayment({ amount, custodySeconds: CUSTODY_S, release });
    await world.until(payment.paymentId, 'in_custody');
    return { ...payment, amount };
  };
  type Given = Awaited<ReturnType<typeof inCustody>>;
  /** What the reactor would ask for of that payment now, but for what is changed. */
  const asked = async ({ paymentId }: Given, act: EarlyAct, { types, ...changed }: Changed = {}): Promise<string> => {
    const own = await world.legOf(paymentId);
    const { timestamp } = await world.anvil.client.getBlock();
    const data = earlyApprovalData({
      ...{ act, chainId: 31337, contract: lower(world.contracts.escrow) as Hex, escrowId: own.escrowId ?? 0n },
      ...{ reference: own.reference as Hex, disputes: 0, expiry: Number(timestamp) + 3600, ...changed },
    });
    const text = earlyApprovalText(types ? ({ ...data, types } as unknown as typeof data) : data);
    return call(APPROVER.address, text);
  };
  return {
    world,
    port,
    url,
    folder,
    login: database.href,
    environment,
    start,
    inCustody,
    asked,
    logged,
    approve: ({ paymentId, payerId, recipientId }: Given, party: 'payer' | 'recipient') =>
      world.db.transaction((tx) =>
        giveApproval(tx, world.ctx, {
          ...{ actor: ACTOR, paymentId, party, userId: party === 'payer' ? payerId : recipientId, reason: 'test' },
        }),
      ),
    close: async () => {
      for (const one of open) await one();
      await world.db.$client.query(`DROP ROLE ${login}`);
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
export type ApproverWorld = Awaited<ReturnType<typeof openApproverWorld>>;
