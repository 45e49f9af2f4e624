/**
 * What each act costs on a chain, the transaction's own 21,000 and its data included, to the unit. After a change that is meant to cost
 * more or less, `KUSTODIA_WRITE_GAS=1 npx vitest run test/contracts/gas.test.ts` writes contracts/gas.json anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Hex, keccak256, parseSignature, type TransactionReceipt, toHex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readArtifact } from '../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { ADMIN, AMOUNT, BRIDGE, deployEscrows, MNEMONIC, type TestEscrows } from '../indexer/escrows.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';

const FILE = join(import.meta.dirname, '../../contracts/gas.json');
const APPROVER = mnemonicToAccount(MNEMONIC, { addressIndex: 3 });
const CHAIN_ID = 31_337;
const CUSTODY_S = 86_400;
/** Far off and always the same: what is signed, and so its gas, must not depend on the day. */
const UNTIL = 4_000_000_000n;
const EARLY = [
  { name: 'escrowId', type: 'uint256' },
  { name: 'ref', type: 'bytes32' },
  { name: 'disputes', type: 'uint24' },
  { name: 'expiry', type: 'uint64' },
] as const;
const PERMIT = [
  { name: 'owner', type: 'address' },
  { name: 'spender', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'nonce', type: 'uint256' },
  { name: 'deadline', type: 'uint256' },
] as const;

let anvil: TestAnvil;
let contracts: TestEscrows;

beforeAll(async () => {
  anvil = await startAnvil();
  contracts = await deployEscrows(anvil);
}, 240_000);
afterAll(() => anvil?.stop());

test('each act costs what contracts/gas.json says', async () => {
  const gas = await measure();
  if (process.env['KUSTODIA_WRITE_GAS']) writeFileSync(FILE, `${JSON.stringify(gas, null, 2)}\n`);
  expect(gas).toEqual(JSON.parse(readFileSync(FILE, 'utf8')));
});

async function measure(): Promise<Record<string, number>> {
  const { client } = anvil;
  const { escrow, token } = contracts;
  const contract = { abi: KUSTODIA_ESCROW_ABI, address: escrow, account: BRIDGE } as const;
  const mined = async (hash: Promise<Hex>) => client.waitForTransactionReceipt({ hash: await hash });
  const role = keccak256(toHex('APPROVER_ROLE'));
  await mined(
    client.writeContract({ ...contract, account: ADMIN, functionName: 'grantRole', args: [role, APPROVER.address] }),
  );
  const create = (n: bigint) => contracts.fund(refOf(n), BigInt(CUSTODY_S));
  // One stays open, as on any day: the first of a token also pays for the contract's balance to come into being.
  await create(1n);

  const receipts: Record<string, TransactionReceipt> = {
    deployment: await mined(
      client.deployContract({
        ...readArtifact('KustodiaEscrow'),
        account: ADMIN,
        args: [ADMIN.address, CUSTODY_S, BRIDGE.address, token],
      }),
    ),
    createAndFund: await create(2n),
    releaseEarly: await mined(
      client.writeContract({
        ...contract,
        functionName: 'releaseEarly',
        args: [2n, APPROVER.address, UNTIL, await signRelease(2n)],
      }),
    ),
  };
  for (let n = 3n; n <= 5n + 110n; n++) await create(n);
  receipts['dispute'] = await contracts.dispute(refOf(3n), 'goods_not_received');
  const redirected = Array.from({ length: 10 }, (_, i) => BigInt(6 + i));
  receipts['redirect of 10'] = await mined(
    client.writeContract({
      ...contract,
      account: APPROVER,
      functionName: 'redirect',
      args: [redirected, BRIDGE.address],
    }),
  );
  await client.increaseTime({ seconds: CUSTODY_S });
  receipts['release'] = await mined(client.writeContract({ ...contract, functionName: 'release', args: [4n] }));
  receipts['cancel'] = await mined(client.writeContract({ ...contract, functionName: 'cancel', args: [5n] }));
  for (const [first, count] of [
    [6, 10],
    [16, 100],
  ] as const) {
    const ids = Array.from({ length: count }, (_, i) => BigInt(first + i));
    receipts[`releaseBatch of ${count}`] = await mined(
      client.writeContract({ ...contract, functionName: 'releaseBatch', args: [ids] }),
    );
  }
  const { v, r, s } = parseSignature(await signPermit());
  receipts['createAndFundWithPermit'] = await mined(
    client.writeContract({
      ...contract,
      functionName: 'createAndFundWithPermit',
      args: [refOf(116n), token, AMOUNT, BigInt(CUSTODY_S), UNTIL, Number(v), r, s],
    }),
  );
  return figures(receipts);
}

/** No zero bytes, which would cost less: a real reference has hardly any. */
const refOf = (n: bigint): Hex => keccak256(toHex(n));

const signRelease = (escrowId: bigint): Promise<Hex> =>
  APPROVER.signTypedData({
    domain: { name: 'KustodiaEscrow', version: '3', chainId: CHAIN_ID, verifyingContract: contracts.escrow },
    types: { ReleaseEarly: EARLY },
    primaryType: 'ReleaseEarly',
    message: { escrowId, ref: refOf(escrowId), disputes: 0, expiry: UNTIL },
  });

const signPermit = (): Promise<Hex> =>
  BRIDGE.signTypedData({
    domain: { name: 'MXNB', version: '2', chainId: CHAIN_ID, verifyingContract: contracts.token },
    types: { Permit: PERMIT },
    primaryType: 'Permit',
    message: { owner: BRIDGE.address, spender: contracts.escrow, value: AMOUNT, nonce: 0n, deadline: UNTIL },
  });

function figures(receipts: Readonly<Record<string, TransactionReceipt>>): Record<string, number> {
  const all = Object.entries(receipts).map(([name, { gasUsed, status }]) => {
    expect(status, name).toBe('success');
    return [name, Number(gasUsed)] as const;
  });
  return Object.fromEntries(all);
}
