import { createPublicClient, type Hash, http } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isEscrowChange, isTransfer } from '../../src/chain/logs.ts';
import { type LogPlace, witness } from '../../src/chain/witness.ts';
import { AMOUNT, BRIDGE, deployEscrows, JUNO, referenceOf, type TestEscrows } from '../indexer/escrows.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';

let anvil: TestAnvil;
let contracts: TestEscrows;
beforeAll(async () => {
  anvil = await startAnvil();
  contracts = await deployEscrows(anvil);
}, 240_000);
afterAll(async () => {
  await anvil?.stop();
});

test('an RPC vouches for a log in its very block, under its number, saying what the indexer says; for nothing else', async () => {
  const { token, escrow } = contracts;
  const { transactionHash, blockNumber, blockHash, logs } = await contracts.fund(referenceOf(1));
  const escrowId = await contracts.idOf(referenceOf(1));
  const transfer = { token, from: BRIDGE.address, to: escrow, value: AMOUNT };
  const funded = { escrow, kinds: ['funded'], escrowId, amount: AMOUNT } as const;
  const numberOf = (says: LogPlace['says']) => logs.find((log) => says(log, logs))?.logIndex ?? -1;
  const at = (logIndex: number, given = {}) => ({ blockNumber, blockHash, logIndex, ...given });
  const one = witness(createPublicClient({ transport: http(anvil.url) }));
  const seen = async (says: LogPlace['says'], place: LogPlace['at'], txHash: Hash = transactionHash) =>
    (await one.testify({ txHash, at: place, says }, { finalized: false })).seen;
  const [transferAt, fundedAt] = [numberOf(isTransfer(transfer)), numberOf(isEscrowChange(funded))];
  expect(transferAt).not.toBe(fundedAt);

  expect(await seen(isTransfer(transfer), at(transferAt))).toBe('here');
  expect(await seen(isEscrowChange(funded), at(fundedAt))).toBe('here');
  expect(await seen(isTransfer({ ...transfer, from: null }), null)).toBe('here');
  const { parentHash } = await anvil.client.getBlock({ blockHash });
  expect(await seen(isTransfer(transfer), at(transferAt, { blockHash: parentHash }))).toBe('not_here');
  expect(await seen(isTransfer(transfer), at(fundedAt))).toBe('not_here');
  for (const lie of [{ value: AMOUNT + 1n }, { to: JUNO.address }, { from: JUNO.address }, { token: escrow }])
    expect(await seen(isTransfer({ ...transfer, ...lie }), at(transferAt))).toBe('not_here');
  for (const lie of [{ escrowId: escrowId + 1n }, { amount: 1n }, { kinds: ['released'] }, { escrow: token }] as const)
    expect(await seen(isEscrowChange({ ...funded, ...lie }), at(fundedAt))).toBe('not_here');
  const unknown: Hash = `0x${'9'.repeat(64)}`;
  expect(await seen(isTransfer(transfer), at(0), unknown)).toBe('not_here');
  expect(await seen(isTransfer(transfer), at(0, { blockNumber: blockNumber + 100n }), unknown)).toBe('behind');
});
