/**
 * What one payment costs on chain, by our contract and by the predecessor's two, to the unit. After a change that is meant to cost more
 * or less, `KUSTODIA_WRITE_GAS=1 npx vitest run test/contracts/gas-per-payment.test.ts` writes contracts/gas-per-payment.json anew;
 * the table of docs/contract-security.md must then say the same.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, type Hex, keccak256, maxUint256, parseSignature, type TransactionReceipt, toHex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { AMOUNT, BRIDGE, deployEscrows, type TestEscrows } from '../indexer/escrows.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { deployLive, type LiveVersion } from '../support/live-escrow.ts';

const ROOT = join(import.meta.dirname, '../..');
const FILE = join(ROOT, 'contracts/gas-per-payment.json');
const PAGE = readFileSync(join(ROOT, 'docs/contract-security.md'), 'utf8');
const CUSTODY_S = 86_400n;
/** Always the same, far off, and like a real one without a zero byte, which would cost less. */
const UNTIL = 4_000_000_001n;
/** What the predecessor's automation writes beside the CLABE: its defaults, each in one word of storage. */
const [VERTICAL, CLABE, CONDITIONS] = ['general', '646180157000000004', 'standard-custody'];
const PERMIT = [
  { name: 'owner', type: 'address' },
  { name: 'spender', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'nonce', type: 'uint256' },
  { name: 'deadline', type: 'uint256' },
] as const;

/** Gas of each transaction of a payment, in their order. A part of one that serves many payments is told as `name / how many`. */
type Way = Readonly<Record<string, number>>;
type Ways = Readonly<Record<string, Way>>;

let anvil: TestAnvil;
let contracts: TestEscrows;
let ways: Ways;

beforeAll(async () => {
  anvil = await startAnvil();
  contracts = await deployEscrows(anvil);
  ways = { ...(await predecessors('v2')), ...(await predecessors('v2-pausable')), ...(await ours()) };
  if (process.env['KUSTODIA_WRITE_GAS']) writeFileSync(FILE, `${JSON.stringify(ways, null, 2)}\n`);
}, 240_000);
afterAll(() => anvil?.stop());

const totalOf = (way: Way | undefined): number => Object.values(way ?? {}).reduce((sum, gas) => sum + gas, 0);
const transactionsOf = (way: Way | undefined): number =>
  Object.keys(way ?? {}).reduce((sum, name) => sum + 1 / Number(name.split(' / ')[1] ?? 1), 0);

test('a payment costs what contracts/gas-per-payment.json says', () => {
  expect(ways).toEqual(JSON.parse(readFileSync(FILE, 'utf8')));
});

test('the table of docs/contract-security.md says the same', () => {
  const rows = PAGE.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  for (const [name, way] of Object.entries(ways))
    expect(rows).toContain(`| ${name} | ${transactionsOf(way)} | ${totalOf(way).toLocaleString('en-US')} |`);
});

describe('our own contract', () => {
  test('takes fewer transactions and less gas than either of the predecessor’s, allowance for allowance', () => {
    for (const version of ['v2', 'v2-pausable']) {
      for (const [own, other] of [
        ['v3, standing allowance', `${version}, standing allowance`],
        ['v3, a permit each', `${version}, an approval each`],
      ] as const) {
        expect(transactionsOf(ways[own]), own).toBeLessThan(transactionsOf(ways[other]));
        expect(totalOf(ways[own]), own).toBeLessThan(totalOf(ways[other]));
      }
    }
  });

  test('takes less still the more are released at once', () => {
    const [one, ten, hundred] = ['', ', released 10 at once', ', released 100 at once'].map((how) =>
      totalOf(ways[`v3, standing allowance${how}`]),
    );
    expect(ten).toBeLessThan(one ?? 0);
    expect(hundred).toBeLessThan(ten ?? 0);
  });
});

async function mined(hash: Promise<Hex>): Promise<TransactionReceipt> {
  const receipt = await anvil.client.waitForTransactionReceipt({ hash: await hash });
  expect(receipt.status).toBe('success');
  return receipt;
}

const approve = (spender: Address, value: bigint) =>
  mined(
    anvil.client.writeContract({
      ...{ address: contracts.token, abi: MXNB_ABI, account: BRIDGE, functionName: 'approve' },
      args: [spender, value],
    }),
  );

/** A payment by its sequence: an approval of the amount, or none; the making of the escrow; the funding; the release. */
async function predecessors(version: LiveVersion): Promise<Ways> {
  const live = await deployLive(anvil, version);
  const { address: bridge } = BRIDGE;
  const texts = [VERTICAL, CLABE, CONDITIONS];
  const args =
    version === 'v2'
      ? [bridge, bridge, contracts.token, AMOUNT, UNTIL, ...texts]
      : [bridge, bridge, AMOUNT, UNTIL, ...texts, contracts.token];
  const release = version === 'v2' ? 'release' : 'releaseEscrow';
  let id = version === 'v2' ? 1n : 0n;
  const fund = async () => ({
    createEscrow: await live.act('createEscrow', args, BRIDGE),
    fundEscrow: await live.act('fundEscrow', [id], BRIDGE),
  });
  const pay = async () => {
    const funded = await fund();
    return gasOf({ ...funded, [release]: await live.act(release, [id++], BRIDGE) });
  };
  // One stays open, as on any day: the first of a token also pays for the contract's balance to come into being.
  await approve(live.address, AMOUNT);
  await fund();
  id++;
  const approval = gasOf({ approve: await approve(live.address, AMOUNT) });
  const each = { ...approval, ...(await pay()) };
  await approve(live.address, maxUint256);
  return { [`${version}, an approval each`]: each, [`${version}, standing allowance`]: await pay() };
}

/** A payment by ours: one transaction makes and funds the escrow, one releases it, alone or with others. */
async function ours(): Promise<Ways> {
  const { client } = anvil;
  const contract = { address: contracts.escrow, abi: KUSTODIA_ESCROW_ABI, account: BRIDGE } as const;
  let made = 0n;
  const create = () => contracts.fund(refOf(++made), CUSTODY_S);
  const release = (id: bigint) => mined(client.writeContract({ ...contract, functionName: 'release', args: [id] }));
  const withPermit = async (nonce: bigint) => {
    const { v, r, s } = parseSignature(await signPermit(nonce));
    const args = [refOf(++made), contracts.token, AMOUNT, CUSTODY_S, UNTIL, Number(v), r, s] as const;
    return mined(client.writeContract({ ...contract, functionName: 'createAndFundWithPermit', args }));
  };

  await create();
  const createAndFund = await create();
  for (let n = 0; n < 110; n++) await create();
  await approve(contracts.escrow, 0n);
  // The first permit of a wallet also pays for its count of them to come into being.
  await withPermit(0n);
  const createAndFundWithPermit = await withPermit(1n);
  await client.increaseTime({ seconds: Number(CUSTODY_S) });
  const standing = gasOf({ createAndFund, release: await release(2n) });
  const permitted = gasOf({ createAndFundWithPermit, release: await release(made) });
  const batched: Record<string, Way> = {};
  for (const [first, count] of [
    [3, 10],
    [13, 100],
  ] as const) {
    const ids = Array.from({ length: count }, (_, i) => BigInt(first + i));
    const { gasUsed } = await mined(client.writeContract({ ...contract, functionName: 'releaseBatch', args: [ids] }));
    batched[`v3, standing allowance, released ${count} at once`] = {
      createAndFund: standing['createAndFund'] ?? 0,
      [`releaseBatch / ${count}`]: Math.ceil(Number(gasUsed) / count),
    };
  }
  return { 'v3, a permit each': permitted, 'v3, standing allowance': standing, ...batched };
}

const gasOf = (receipts: Readonly<Record<string, TransactionReceipt>>): Record<string, number> =>
  Object.fromEntries(Object.entries(receipts).map(([name, { gasUsed }]) => [name, Number(gasUsed)]));

/** No zero bytes, which would cost less: a real reference has hardly any. */
const refOf = (n: bigint): Hex => keccak256(toHex(n));

const signPermit = (nonce: bigint): Promise<Hex> =>
  BRIDGE.signTypedData({
    domain: { name: 'MXNB', version: '2', chainId: 31_337, verifyingContract: contracts.token },
    types: { Permit: PERMIT },
    primaryType: 'Permit',
    message: { owner: BRIDGE.address, spender: contracts.escrow, value: AMOUNT, nonce, deadline: UNTIL },
  });
