/**
 * The breaker of each escrow contract of the settings: no new money goes into it once it is paused, or once its admins did what no
 * person has looked at yet. What is in it goes on its way, as long as the contract pays the bridge wallet.
 */
import { and, eq, or, sql } from 'drizzle-orm';
import { type EscrowAdapter, EscrowMismatchError } from '../../chain/escrow.ts';
import { readAdminNews } from '../../chain/indexed/readAdminNews.ts';
import type { IndexedAdminEvent } from '../../chain/indexed/types.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { guardSwitch, settingPin } from '../db/schema.ts';
import { contractSwitch } from './scope.ts';

export const PAUSED =
  'the escrow contract is paused. No new money goes into it until it is not; then it goes on by itself';
const NEVER_SOUND =
  'the escrow contract is not what the settings say, and was not when the reactor started. No new money goes into it. Compare it with them: kustodia contract verify';
export const BREAKER = 'the contract’s breaker';
/** A change without an event is found by asking, this often. */
const ASK_MS = 30_000;

/** What a contract was when people, or the first start, took it for sound: nothing that happened later is. */
export type ContractPin = Readonly<{ identity: string; block: bigint }>;

const pinName = (chainId: number, address: string): string => `contract:${chainId}:${address.toLowerCase()}`;

const printPin = ({ identity, block }: ContractPin): string => `${identity}@${block}`;

export async function readContractPin(
  db: Pick<Db, 'select'>,
  chainId: number,
  address: string,
): Promise<ContractPin | null> {
  const [row] = await db
    .select()
    .from(settingPin)
    .where(eq(settingPin.name, pinName(chainId, address)));
  const [identity = '', block = '0'] = row?.value.split('@') ?? [];
  return row ? { identity, block: BigInt(block) } : null;
}

/** Takes a contract for sound as it is at this block. */
export async function pinContract(db: Db | Tx, chainId: number, address: string, pin: ContractPin): Promise<void> {
  const value = printPin(pin);
  await db
    .insert(settingPin)
    .values({ name: pinName(chainId, address), value })
    .onConflictDoUpdate({ target: settingPin.name, set: { value } });
}

/** What the contract itself answers: what it is now, what is wrong with it, or nothing. */
export type ContractAnswer =
  | Readonly<{ is: 'found'; isPaused: boolean; identity: string }>
  | Readonly<{ is: 'wrong'; sentence: string }>
  | Readonly<{ is: 'silent' }>;

/** Why no new money may go into the contract, in a sentence; null where nothing speaks against it. Pure. */
export function reasonToStop(
  pin: ContractPin,
  acts: readonly Pick<IndexedAdminEvent, 'name' | 'txHash' | 'blockNumber'>[],
  answer: ContractAnswer,
): string | null {
  const [act] = acts.filter(({ name }) => name !== 'Paused' && name !== 'Unpaused');
  const look = 'No new money goes into it. Look at what changed, then: kustodia chain accept-contract';
  if (act)
    return `the admins of the escrow contract did ${act.name} in block ${act.blockNumber} (${act.txHash}). ${look}`;
  if (answer.is === 'wrong') return `${answer.sentence} ${look}`;
  if (answer.is === 'found' && answer.identity !== pin.identity)
    return `the escrow contract’s code, its owner or its wallets are not what they were. ${look}`;
  // Where the contract is silent its last word counts.
  const last = acts.at(-1)?.name;
  const isPaused = answer.is === 'found' ? answer.isPaused : last === 'Paused';
  return isPaused ? PAUSED : null;
}

/** Opens the switch of a contract that people took for sound again, unless it was people who threw it. */
export const acceptContract = (tx: Tx, address: string): Promise<unknown> =>
  tx
    .update(guardSwitch)
    .set({ isStopped: false, reason: null, changedAt: sql`reactor.now()` })
    .where(and(eq(guardSwitch.name, contractSwitch(address)), eq(guardSwitch.changedBy, BREAKER)));

/**
 * Looks at each contract of the settings, and throws its switch. It opens it again after a pause alone: that an event is not shown any
 * more is no news, for the indexer takes its newest rows back at each start. A switch that people threw stays as it is.
 */
export function createContractBreaker(ctx: Context): { look: () => Promise<void> } {
  const breakers = ctx.chain.escrows.map((contract) => breakerOf(ctx, contract));
  return {
    look: async () => {
      for (const look of breakers) await look();
    },
  };
}

function breakerOf(ctx: Context, contract: EscrowAdapter): () => Promise<void> {
  const { chain, db, log, settings } = ctx;
  const address = contract.address.toLowerCase();
  const isInUse = contract === chain.escrow;
  let asked: { at_ms: number; of: string; answer: ContractAnswer } | undefined;

  const ask = async (newest: string): Promise<ContractAnswer> => {
    const now_ms = ctx.monotonic();
    if (asked && asked.of === newest && now_ms - asked.at_ms < ASK_MS) return asked.answer;
    const answer = await contract.check(settings.bridge).then(
      (found): ContractAnswer => ({ is: 'found', ...found }),
      (error: unknown): ContractAnswer => {
        if (error instanceof EscrowMismatchError) return { is: 'wrong', sentence: error.message };
        log.warn({ event: 'contract_unread', err: error }, 'the escrow contract gave no answer; it is asked again');
        return { is: 'silent' };
      },
    );
    asked = { at_ms: now_ms, of: newest, answer };
    return answer;
  };

  return async () => {
    const pin = await readContractPin(db, settings.chainId, address);
    // One that was never sound, and holds nothing that is under way, was not pinned at the start.
    if (!pin) return isInUse ? undefined : stop(null, NEVER_SOUND);
    const acts = await readAdminNews(db.$client, { sinceBlock: pin.block + 1n, contract: address });
    const answer = await ask(acts.map(({ id }) => id).join());
    const reason = reasonToStop(pin, acts, answer);
    if (reason !== null) await stop(pin, reason);
    else if (answer.is === 'found') await open();
  };

  /** Only while it is still judged by that pin: people may have taken it for sound since it was read. */
  async function stop(pin: ContractPin | null, reason: string): Promise<void> {
    const isStopped = await db.transaction(async (tx) => {
      const [kept] = await tx
        .select({ value: settingPin.value })
        .from(settingPin)
        .where(eq(settingPin.name, pinName(settings.chainId, address)))
        .for('share');
      if (kept?.value !== (pin ? printPin(pin) : undefined)) return false;
      const { rowCount } = await tx
        .update(guardSwitch)
        .set({ isStopped: true, reason, changedBy: BREAKER, changedAt: sql`reactor.now()` })
        .where(
          and(
            eq(guardSwitch.name, contractSwitch(address)),
            or(eq(guardSwitch.isStopped, false), eq(guardSwitch.changedBy, BREAKER)),
            sql`${guardSwitch.reason} IS DISTINCT FROM ${reason}`,
          ),
        );
      return rowCount === 1;
    });
    if (isStopped) log.error({ event: 'contract_stopped', address }, reason);
  }

  async function open(): Promise<void> {
    const { rowCount } = await db
      .update(guardSwitch)
      .set({ isStopped: false, reason: null, changedBy: BREAKER, changedAt: sql`reactor.now()` })
      .where(
        and(
          eq(guardSwitch.name, contractSwitch(address)),
          eq(guardSwitch.isStopped, true),
          eq(guardSwitch.changedBy, BREAKER),
          eq(guardSwitch.reason, PAUSED),
        ),
      );
    if (rowCount) log.warn({ event: 'contract_opened', address }, 'new money goes into the escrow contract again');
  }
}
