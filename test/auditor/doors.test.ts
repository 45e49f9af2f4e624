import { type Address, createWalletClient, http } from 'viem';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readArtifact } from '../../contracts/scripts/build.ts';
import { openAuditChain } from '../../src/auditor/chain.ts';
import { AuditJunoError, openAuditJuno } from '../../src/auditor/juno.ts';
import { payoutsOf } from '../../src/auditor/payouts.ts';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { BRIDGE, HOT_WALLET, OWNER, openChain, type TestChain } from '../sandbox/support/chain.ts';
import { type Here, openHere } from '../sandbox/support/here.ts';
import { until } from '../sandbox/support/sandbox.ts';

const KEYS = { apiKey: 'test-key', apiSecret: 'a secret of the tests', ratePerMinute: 60_000 };
const CLABE = '646180157042875763';
const REFERENCE = `0x${'ab'.repeat(32)}` as const;
const UNITS = 1_500_000_000n;

let chain: TestChain;
let sandbox: Here;
beforeAll(async () => {
  chain = await openChain();
  sandbox = await openHere(chain, {});
});
afterAll(async () => {
  await sandbox?.stop();
  await chain?.close();
});

test('Juno and Bitso are read to their end: who was paid, what came back, and what is in the pool', async () => {
  const read = openAuditJuno({ ...KEYS, junoUrl: sandbox.url, bitsoUrl: sandbox.url });
  // More than a page of deposits, all to one CLABE.
  const clabe = await sandbox.clabe();
  for (let i = 0; i < 101; i++) await sandbox.deposit('100.01', clabe);
  await until('all of it to be MXNB', async () => (await sandbox.state())['issued_centavos'] === '1010101');
  const paid = await sandbox.payOut('150.25');
  const returned = await sandbox.payOut('151.00');
  await sandbox.fundBitso('300');
  const wid = (await sandbox.payOutBitso()).wid as string;
  await sandbox.giveBack(returned);

  const juno = await read();
  expect(juno.deposits.filter((one) => one.clabe === clabe && !one.isReturn).length).toBeGreaterThanOrEqual(101);
  expect(juno.deposits.filter(({ isReturn }) => isReturn)).toMatchObject([{ centavos: 15_100n, fate: 'complete' }]);
  const payouts = payoutsOf(juno, []);
  expect(
    payouts.map(({ id, clabe: to, centavos, returnedBy }) => [id, to, centavos, returnedBy !== null]).sort(),
  ).toEqual(
    [
      [paid, CLABE, 15_025n, false],
      [returned, CLABE, 15_100n, true],
      [wid, CLABE, 10_000n, false],
    ].sort(),
  );
  expect(juno.poolUnits).toBe(BigInt((await sandbox.state())['balance_units']));
});

test('what came back at Bitso is read to its end whatever the token is called, and an ordinary deposit is none of it', async () => {
  const switches = {
    ...{ bitsoDepositsToken: 'next', bitsoDepositsTokenParameter: 'next_page_token', bitsoDepositsOnPage: 1 },
    ...{ bitsoDepositsLastToken: 'left_out', bitsoOnlyRefunds: 'ignored' },
  };
  const other = await openHere(chain, { SANDBOX_SWITCHES: JSON.stringify(switches) });
  try {
    await other.fundBitso('300');
    const wids: string[] = [];
    for (const origin_id of ['one', 'two']) wids.push(String((await other.payOutBitso({ origin_id })).wid));
    for (const wid of wids) await other.giveBack(wid);
    const { deposits } = await openAuditJuno({ ...KEYS, junoUrl: other.url, bitsoUrl: other.url })();
    const named = deposits.filter(({ isReturn }) => isReturn).map(({ returnOf }) => returnOf[0]);
    expect(named.toSorted()).toEqual(wids.toSorted());
  } finally {
    await other.stop();
  }
});

test('an answer that is an error ends the audit: half a list is none', async () => {
  const read = openAuditJuno({ ...KEYS, apiSecret: 'another', junoUrl: sandbox.url });
  await expect(read()).rejects.toThrow(AuditJunoError);
});

test('the chain is read by its logs: escrows by their own events, transfers and balances as of one block', async () => {
  const wallet = createWalletClient({ chain: foundry, transport: http(chain.rpcUrl) });
  const mined = async (hash: `0x${string}`) => chain.client.waitForTransactionReceipt({ hash });
  const { contractAddress } = await mined(
    await wallet.deployContract({
      ...readArtifact('KustodiaEscrow'),
      account: OWNER,
      args: [OWNER.address, 0, BRIDGE.address, chain.token],
    }),
  );
  const escrow = contractAddress as Address;
  const bridge = { account: BRIDGE, chain: foundry } as const;
  const { body } = await sandbox.withdraw({ amount: '1600', address: BRIDGE.address });
  await sandbox.ended(body['payload'].id);
  await mined(
    await wallet.writeContract({
      ...bridge,
      address: chain.token,
      abi: MXNB_ABI,
      functionName: 'approve',
      args: [escrow, UNITS],
    }),
  );
  const funded = await mined(
    await wallet.writeContract({
      ...bridge,
      address: escrow,
      abi: KUSTODIA_ESCROW_ABI,
      functionName: 'createAndFund',
      args: [REFERENCE, chain.token, UNITS, 1n],
    }),
  );
  const read = openAuditChain({
    rpcUrl: chain.rpcUrl,
    token: chain.token,
    escrows: [escrow],
    bridge: BRIDGE.address,
    junoAddress: HOT_WALLET.address,
    startBlock: 0n,
  });
  const before = await read();
  expect(before.escrows).toEqual([
    {
      contract: escrow.toLowerCase(),
      escrowId: 1n,
      reference: REFERENCE,
      units: UNITS,
      status: 'funded',
      txHash: funded.transactionHash,
    },
  ]);
  expect(before).toMatchObject({ bridgeUnits: 100_000_000n, escrowUnits: UNITS });
  expect(before.logs.get(`${funded.transactionHash}:${funded.logs[0]?.logIndex}`)).toBe(funded.blockHash);

  await chain.client.increaseTime({ seconds: 60 });
  await chain.client.mine({ blocks: 1 });
  await mined(
    await wallet.writeContract({
      ...bridge,
      address: escrow,
      abi: KUSTODIA_ESCROW_ABI,
      functionName: 'release',
      args: [1n],
    }),
  );
  const after = await read();
  expect(after.escrows).toMatchObject([{ status: 'released' }]);
  expect(after).toMatchObject({ bridgeUnits: 1_600_000_000n, escrowUnits: 0n });
  expect(after.transfers.filter(({ from }) => from === escrow.toLowerCase())).toMatchObject([
    { to: BRIDGE.address.toLowerCase(), units: UNITS },
  ]);
});
