import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { buildContracts } from '../../contracts/scripts/build.ts';
import { openChain } from '../../src/chain/door.ts';
import { type LocalAnvil, privateKeyOf, startAnvil } from '../../src/local/anvil.ts';
import { deployContracts, type LocalContracts } from '../../src/local/contracts.ts';
import { startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import type { Context } from '../../src/reactor/context.ts';
import { checkContracts } from '../../src/reactor/guards/contract.ts';
import { assertPins } from '../../src/reactor/guards/pins.ts';
import { haveWalletSwitch } from '../../src/reactor/guards/switches.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { readSettings } from '../../src/reactor/settings.ts';
import { walletLane } from '../../src/reactor/wallet/lane.ts';
import { openSigner } from '../../src/reactor/wallet/open-signer.ts';
import { firstNoncePin } from '../../src/reactor/wallet/store.ts';
import { type BenchDatabase, openBenchDatabase } from '../lives/database.ts';
import { ESCROW_UNITS, fundMany, referenceOf } from '../world/fund-many.ts';

const CENTAVOS = ESCROW_UNITS / 10_000n;
const POLL_MS = 100;

/** A wallet's lane as the product has it, over a real Postgres, a real chain and our own contract, with so many escrows that are due. */
export async function openReleases(count: number) {
  await buildContracts();
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-bench-chain-'));
  const keeper = startKeeper(folder);
  const anvil = await startAnvil({ port: await freePort(), folder, keeper });
  const contracts = await deployContracts(anvil);
  const database = await openBenchDatabase();
  const ctx = contextOf(anvil, contracts, database);
  await assertPins(database.db, ctx.chain, ctx.settings);
  await checkContracts(database.db, ctx.chain, ctx.settings);
  await haveWalletSwitch(database.db, ctx.settings.bridge);
  const nonce = await fundMany(anvil, contracts, { count, custodySeconds: 1n });
  // Until the last one is due.
  const { timestamp } = await anvil.client.getBlock();
  while ((await anvil.client.getBlock()).timestamp <= timestamp + 1n) await sleep(POLL_MS);
  await record(database, ctx, contracts, { count, nonce });
  return {
    anvil,
    database,
    lane: walletLane(ctx, openSigner(ctx.settings)),
    close: async (): Promise<void> => {
      await anvil.stop();
      await database.close();
      await keeper.close();
    },
  };
}

function contextOf(anvil: LocalAnvil, contracts: LocalContracts, { db, url }: BenchDatabase): Context {
  const { bridge, juno } = anvil.actors;
  const settings = readSettings({
    DATABASE_URL: url,
    CHAIN_ID: '31337',
    ETH_RPC_URL: anvil.url,
    ESCROW_CONTRACT_ADDRESS: contracts.escrow,
    MXNB_CONTRACT_ADDRESS: contracts.token,
    ESCROW_BRIDGE_WALLET: bridge.address,
    ESCROW_PRIVATE_KEY: privateKeyOf(bridge),
    JUNO_DEPOSIT_ADDRESS: juno.address,
    JUNO_ENV: 'sandbox',
    JUNO_BASE_URL: 'http://127.0.0.1:2',
    JUNO_STAGE_API_KEY: 'bench',
    JUNO_STAGE_API_SECRET: 'bench secret',
    KUSTODIA_KEY_SECRET: 'the secret of the bench, of no use elsewhere',
  });
  // The rest of a context is for other parts; touching it here would throw.
  return {
    ...{ settings, db, queue: memoryQueue(), holder: 'bench', log: pino({ level: 'silent' }), approver: null },
    chain: openChain(settings),
    watchdog: { current: () => ({ trouble: null, headTimestamp: Math.floor(Date.now() / 1000) }) },
    now: () => new Date(),
    monotonic: () => performance.now(),
    newId: randomUUID,
  } as unknown as Context;
}

/** The payments with their recorded releases, as if the reactor had come so far: what the lane asks about each is there. */
async function record(
  { db }: BenchDatabase,
  { chain, settings }: Context,
  { escrow: contract }: LocalContracts,
  { count, nonce }: Readonly<{ count: number; nonce: number }>,
): Promise<void> {
  const { escrow } = chain;
  if (escrow.funds !== 'at_once') return;
  const client = await db.$client.connect();
  try {
    await client.query('SET session_replication_role = replica');
    await client.query(`INSERT INTO reactor."user" (id) VALUES (md5('u')::uuid)`);
    await client.query(`INSERT INTO reactor.guard_switch (name) VALUES ('user:' || md5('u')::uuid)`);
    await client.query('INSERT INTO reactor.setting_pin (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      firstNoncePin(settings.chainId, settings.bridge),
      String(nonce),
    ]);
    await client.query(
      `INSERT INTO reactor.screening (user_id, kyc, blacklist, checked_at, valid_until, reference, source)
       VALUES (md5('u')::uuid, 'verified', 'clear', now(), now() + interval '1 year', 'bench', 'bench')`,
    );
    await client.query(
      `INSERT INTO reactor.destination (id, user_id, clabe, legal_name, juno_account_id, verified_at) VALUES (md5('d')::uuid, md5('u')::uuid, '012180000000000001', 'Persona', 'a', now())`,
    );
    for (let i = 0; i < count; i++) {
      const escrowId = await escrow.idOf(referenceOf(i));
      if (escrowId === null) throw new Error(`escrow ${i} is not there`);
      const [payment, leg] = [randomUUID(), randomUUID()];
      await client.query(
        `INSERT INTO reactor.payment (id, payer_id, recipient_id, deposit_clabe, amount_centavos, custody_seconds, concept, expires_at, awaits_deposit)
         VALUES ($1, md5('u')::uuid, md5('u')::uuid, '710969000000000001', $2, 1, 'Bench', now() + interval '1 day', false)`,
        [payment, CENTAVOS],
      );
      await client.query(
        `INSERT INTO reactor.leg (id, payment_id, kind, state, amount_centavos, destination_id, rail, reference, escrow_contract, escrow_id, deadline_seconds, cause)
         VALUES ($1, $2, 'custody', 'releasing', $3, md5('d')::uuid, 'bank_redemption', $4, $5, $6, extract(epoch FROM now())::bigint - 1, 'bench')`,
        [leg, payment, CENTAVOS, referenceOf(i), contract, escrowId],
      );
      await client.query(
        `INSERT INTO reactor.effect (id, subject_kind, subject_id, kind, attempt, payment_id, key, request, amount, currency, lane, lane_epoch)
         VALUES ($1, 'leg', $2, 'chain_release', 1, $3, $4, $5, $6, 'MXNB', $7, 1)`,
        [randomUUID(), leg, payment, referenceOf(i), escrow.releaseCall(escrowId), ESCROW_UNITS, `payment:${payment}`],
      );
    }
    await client.query('ANALYZE');
  } finally {
    // With its settings.
    client.release(true);
  }
}
