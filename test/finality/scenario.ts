import { expect } from 'vitest';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import { JUNO } from '../indexer/escrows.ts';
import type { AnyWorld } from './world.ts';

/** Each act on the chain: the state in which it is under way, the one that its evidence leads to, and who made it. */
export const ACTS = {
  withdrawal: { during: 'withdrawing', after: 'withdrawn', kind: null },
  funding: { during: 'funding', after: 'in_custody', kind: 'chain_fund' },
  release: { during: 'releasing', after: 'released', kind: 'chain_release' },
  return: { during: 'returning', after: 'returned', kind: 'chain_return' },
} as const satisfies Record<string, { during: LegState; after: LegState; kind: EffectKind | null }>;

/** Those on a contract that makes an escrow in one transaction and funds it in another. */
const EVERY_ACT = { ...ACTS, creation: { during: 'creating', after: 'created', kind: 'chain_create' } } as const;
export type Act = keyof typeof EVERY_ACT;

let payments = 0;
/** No two payments of a file are of one amount, so that each can be found at the far end. */
const nextAmount = () => 150_000n + BigInt(++payments) * 137n;

/** A payment whose act is in a block, and nothing built on it yet; the reactor has seen it (`claimed`) or not. */
export async function bring(world: AnyWorld, act: Act, claimed: boolean) {
  const { during, after, kind } = EVERY_ACT[act];
  const amount = nextAmount();
  const payment = await world.givePayment({ amount });
  await world.until(payment.paymentId, during);
  await world.hurry();
  const blockOfAct = async () => {
    const sent = kind && (await world.sentFor(payment.legId, kind));
    if (sent) return (await world.chain.receipt(sent.hash as `0x${string}`))?.blockNumber;
    const [arrival] = await world.anvil.client
      .getContractEvents({
        address: world.contracts.token,
        abi: MXNB_ABI,
        eventName: 'Transfer',
        args: { from: JUNO.address, to: world.settings.bridge },
        fromBlock: 0n,
        strict: true,
      })
      .then((all) => all.filter(({ args }) => args.value === amount * 10_000n));
    return kind ? undefined : arrival?.blockNumber;
  };
  // The turn that sees Juno's transfer arrive would go on past it.
  if (claimed && !kind) await world.stopMoney(true);
  let block = await blockOfAct();
  while (block === undefined) {
    if (kind) await world.sign();
    else await world.turn(payment.paymentId);
    block = await blockOfAct();
  }
  if (claimed) {
    await world.stopMoney(true);
    await world.until(payment.paymentId, after);
  }
  return { ...payment, amount, block };
}
export type Brought = Awaited<ReturnType<typeof bring>>;

/**
 * A payment is taken to one of its acts; so many blocks, the lowest of them the act's own, are taken out before or after the
 * reactor has seen it; the payment must go on to its end, be paid once, and have each of its acts on the chain once.
 */
export async function reorganiseAt(
  world: AnyWorld,
  {
    act,
    depth,
    claimed,
    afterwards = async () => undefined,
  }: { act: Act; depth: number; claimed: boolean; afterwards?: (payment: Brought) => Promise<void> },
): Promise<void> {
  const payment = await bring(world, act, claimed);
  const { paymentId, amount, block } = payment;
  const above = Number((await world.anvil.client.getBlockNumber()) - block);
  if (above < depth - 1) await world.anvil.client.mine({ blocks: depth - 1 - above });
  // What is as deep as that is settled for the wallet: from there on nobody looks at it any more.
  await world.sign();
  const before = await world.signed();
  await world.indexed.sync();

  await world.reorganise(Math.max(depth, above + 1));
  await world.stopMoney(false);
  await afterwards(payment);
  await world.until(paymentId, 'completed');

  const after = await world.signed();
  // Ours were handed over again as they were: the same bytes, none beside them.
  expect(after.slice(0, before.length).map(({ raw }) => raw)).toEqual(before.map(({ raw }) => raw));
  expect(after.every(({ version }) => version === 0)).toBe(true);
  await expectPaidOnce(world, amount);
}

/** Judged at the far end: one SPEI order in the sandbox's outbox, one escrow, funded and released once, one return. */
export async function expectPaidOnce(world: AnyWorld, amount: bigint): Promise<void> {
  const orders = (await world.sandbox.outbox()).filter((order) => order['amount_centavos'] === String(amount));
  expect(orders).toHaveLength(1);
  const units = amount * 10_000n;
  const { bridge } = world.settings;
  expect((await world.transfers(bridge, JUNO.address)).filter((value) => value === units)).toHaveLength(1);
  expect((await world.transfers(bridge, world.contracts.escrow)).filter((value) => value === units)).toHaveLength(1);
  expect((await world.transfers(world.contracts.escrow, bridge)).filter((value) => value === units)).toHaveLength(1);
}
