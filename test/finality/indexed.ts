import type pg from 'pg';
import { decodeEventLog, type Hex, type Log } from 'viem';
import { ESCROW_V2_PAUSABLE_ABI } from '../../src/chain/abi/escrowV2.ts';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import type { TestAnvil } from '../support/anvil.ts';

const PLACE = `id text PRIMARY KEY, chain_id integer NOT NULL, block_number numeric(78,0) NOT NULL, block_hash text NOT NULL,
  block_timestamp numeric(78,0) NOT NULL, tx_hash text NOT NULL, log_index integer NOT NULL`;
const TABLES = {
  escrow_event: `${PLACE}, contract text, escrow_id numeric(78,0), reference text, kind text, amount numeric(78,0), detail json`,
  admin_event: `${PLACE}, contract text, name text, args json`,
  token_transfer: `${PLACE}, token text, "from" text, "to" text, value numeric(78,0)`,
  _ponder_checkpoint: 'latest_checkpoint text',
};
const KINDS = {
  EscrowCreated: 'created',
  EscrowReferenced: 'referenced',
  EscrowFunded: 'funded',
  EscrowReleased: 'released',
  EscrowCancelled: 'cancelled',
  EscrowRedirected: 'redirected',
};
const DISPUTES = { EscrowDisputed: 'disputed', EscrowDisputeResolved: 'dispute_resolved' };

/** What the admins of version 2 pausable do. */
const ADMIN: ReadonlySet<string> = new Set(['Paused', 'Unpaused', 'Upgraded', 'BridgeWalletUpdated', 'PauserAdded']);

/** What those of our own do that the breaker looks at. */
const OWN_ADMIN: ReadonlySet<string> = new Set(['SettlementScheduled', 'SettlementSet', 'RoleGranted', 'RoleRevoked']);

/** Makes the tables of one build of the indexer; nothing shows them yet. */
async function createBuild(pool: pg.Pool, build: string): Promise<void> {
  await pool.query(`CREATE SCHEMA ${build}`);
  for (const [name, columns] of Object.entries(TABLES)) await pool.query(`CREATE TABLE ${build}.${name} (${columns})`);
}

/**
 * Stands where Ponder stands: writes what the chain says now into tables of a build, and shows them through the stable views. As
 * Ponder does, it takes back what a reorganisation took out, and one block is one transaction. It looks only when it is told to.
 */
export async function openIndexed(
  pool: pg.Pool,
  anvil: TestAnvil,
  contracts: { escrow: Hex; token: Hex },
  /** Whether it shows disputes as well: one that it does not show is known from the contract alone. */
  { showsDisputes = false } = {},
) {
  const kinds: Readonly<Record<string, string>> = showsDisputes ? { ...KINDS, ...DISPUTES } : KINDS;
  let build = 'build_1';
  await pool.query('CREATE SCHEMA indexed');
  await createBuild(pool, build);

  const showViews = async () => {
    await pool.query('BEGIN');
    for (const name of Object.keys(TABLES)) {
      await pool.query(`DROP VIEW IF EXISTS indexed.${name}`);
      await pool.query(`CREATE VIEW indexed.${name} AS SELECT * FROM ${build}.${name}`);
    }
    await pool.query('COMMIT');
  };
  await showViews();

  /** When each block that was ever read was made: a hash names the same block for ever. */
  const stamps = new Map<Hex, bigint>();
  /** What the build holds, by table and id. */
  const held = new Map<string, string>();

  /** Reads the whole chain and shows it as it is now. */
  const sync = async (): Promise<void> => {
    const head = await anvil.client.getBlock();
    const logs = await anvil.client.getLogs({
      address: [contracts.escrow, contracts.token],
      fromBlock: 0n,
      toBlock: head.number,
    });
    const references = new Map<bigint, string>();
    const rows: { table: 'escrow_event' | 'token_transfer' | 'admin_event'; values: unknown[] }[] = [];
    for (const log of logs) {
      if (log.blockHash === null || log.logIndex === null) continue;
      const stamp = stamps.get(log.blockHash) ?? (await anvil.client.getBlock({ blockHash: log.blockHash })).timestamp;
      stamps.set(log.blockHash, stamp);
      const place = placeOf(log, stamp);
      if (log.address.toLowerCase() === contracts.token.toLowerCase()) {
        const event = decoded(() => decodeEventLog({ abi: MXNB_ABI, topics: log.topics, data: log.data }));
        if (event?.eventName !== 'Transfer') continue;
        const { from, to, value } = event.args;
        rows.push({ table: 'token_transfer', values: [...place, ...[contracts.token, from, to].map(lower), value] });
        continue;
      }
      const act = decoded(() => decodeEventLog({ abi: ESCROW_V2_PAUSABLE_ABI, topics: log.topics, data: log.data }));
      if (act && ADMIN.has(act.eventName))
        rows.push({ table: 'admin_event', values: [...place, lower(contracts.escrow), act.eventName, '{}'] });
      const event = decoded(() => decodeEventLog({ abi: KUSTODIA_ESCROW_ABI, topics: log.topics, data: log.data }));
      if (event && OWN_ADMIN.has(event.eventName))
        rows.push({ table: 'admin_event', values: [...place, lower(contracts.escrow), event.eventName, '{}'] });
      const kind = event && kinds[event.eventName];
      if (!event || !kind || !('escrowId' in event.args)) continue;
      const { escrowId } = event.args;
      if (event.eventName === 'EscrowReferenced') references.set(escrowId, event.args.ref);
      if (event.eventName === 'EscrowCreated' && REFERENCE.test(event.args.clabe))
        references.set(escrowId, event.args.clabe);
      const amount = 'amount' in event.args ? event.args.amount : null;
      const detail =
        event.eventName === 'EscrowRedirected'
          ? JSON.stringify({ approver: lower(event.args.approver), payee: lower(event.args.payee) })
          : null;
      rows.push({ table: 'escrow_event', values: [...place, lower(contracts.escrow), escrowId, kind, amount, detail] });
    }
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const now = new Map(
        rows.map(({ table, values }) => {
          const given =
            table === 'escrow_event' ? values.toSpliced(9, 0, references.get(values[8] as bigint) ?? null) : values;
          return [`${table} ${given[0]}`, { table, given, text: given.join(' ') }];
        }),
      );
      for (const [key, text] of held) {
        if (now.get(key)?.text === text) continue;
        const [table, id] = key.split(' ');
        await client.query(`DELETE FROM ${build}.${table} WHERE id = $1`, [id]);
        held.delete(key);
      }
      for (const [key, { table, given, text }] of now) {
        if (held.has(key)) continue;
        const marks = given.map((_, i) => `$${i + 1}`).join(', ');
        await client.query(`INSERT INTO ${build}.${table} VALUES (${marks})`, given);
        held.set(key, text);
      }
      await client.query(`DELETE FROM ${build}._ponder_checkpoint`);
      await client.query(`INSERT INTO ${build}._ponder_checkpoint VALUES ($1)`, [checkpoint(head)]);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  };

  return {
    sync,
    /** A new build under another schema, read from the chain anew; then the views show it. Between the two nothing is shown. */
    redeploy: async (meanwhile: () => Promise<void> = async () => undefined): Promise<void> => {
      build = `build_${Number(build.slice(6)) + 1}`;
      await createBuild(pool, build);
      held.clear();
      await sync();
      for (const name of Object.keys(TABLES)) await pool.query(`DROP VIEW indexed.${name}`);
      await meanwhile();
      await showViews();
    },
  };
}

export type Indexed = Awaited<ReturnType<typeof openIndexed>>;

const REFERENCE = /^0x[0-9a-f]{64}$/;
const lower = (hex: string) => hex.toLowerCase();
const placeOf = (log: Log, timestamp: bigint): unknown[] => {
  const { transactionHash, logIndex, blockNumber, blockHash } = log;
  return [`31337:${transactionHash}:${logIndex}`, 31_337, blockNumber, blockHash, timestamp, transactionHash, logIndex];
};
const checkpoint = ({ number, timestamp }: { number: bigint; timestamp: bigint }): string =>
  `${String(timestamp).padStart(10, '0')}${'31337'.padStart(16, '0')}${String(number).padStart(16, '0')}`.padEnd(
    75,
    '0',
  );

function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
