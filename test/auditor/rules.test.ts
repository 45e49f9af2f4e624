import { describe, expect, test } from 'vitest';
import { compare } from '../../src/auditor/audit.ts';
import type { FindingCode } from '../../src/auditor/findings.ts';
import { CLABE, hash, NVIO_CLABE, type SmallWorld, STRANGER, smallWorld } from './small-world.ts';

const BITSO_PAYOUT = 'wid-6';

/** The small world with something done to it. */
function given(change: (world: SmallWorld) => void) {
  const world = smallWorld();
  change(world);
  return compare(world.chain, world.juno, world.books).findings;
}
const codes = (change: (world: SmallWorld) => void): FindingCode[] => given(change).map(({ code }) => code);
const legOf = ({ books }: SmallWorld, n: number) => must(books.legs.find(({ id }) => id === `leg-${n}`));
const effectOf = ({ books }: SmallWorld, id: string) => must(books.effects.find((one) => one.externalId === id));
const paid = ({ juno }: SmallWorld, id: string) => must(juno.transactions.find((one) => one.id === id));
const must = <T>(item: T | undefined): T => {
  if (item === undefined) throw new Error('the small world has no such thing');
  return item;
};
/** A redemption that no effect of ours names. */
function redeem(world: SmallWorld, centavos: bigint, clabe: string | null = CLABE): void {
  world.juno.transactions.push({ ...paid(world, 'redemption-1'), id: `redemption-of-${centavos}`, centavos, clabe });
  world.juno.poolUnits -= centavos * 10_000n;
}
/** Books a change of one account, in both sums. */
function book({ books }: SmallWorld, account: string, owner: string, currency: string, posted: bigint): void {
  for (const all of [books.balances, books.postings]) all.push({ account, owner, currency, posted, pending: 0n });
}

describe('what takes the place of a leg', () => {
  test.each(['replaced', 'closed'])('is paid beside it, where it was paid after all: the leg is %s', (state) => {
    const found = given((world) => {
      legOf(world, 1).state = state;
    }).find(({ code }) => code === 'paid_twice');
    expect(found?.evidence).toEqual(['redemption-1', 'leg-1']);
  });
  test('is paid alone, where what the leg had paid came back', () => {
    const found = codes((world) => {
      world.books.legs.push({ ...legOf(world, 3), id: 'leg-3b', reference: hash(133), state: 'reserved' });
      legOf(world, 3).state = 'replaced';
    });
    expect(found).toEqual([]);
  });
});

describe('what a settlement pays', () => {
  test.each(['payout_returned', 'payout_failed', 'replaced', 'closed', 'reserved'])(
    'is not paid while the settlement is %s, whatever its own legs say',
    (state) => {
      const unpaid = given((world) => {
        legOf(world, 6).state = state;
      }).filter(({ code }) => code === 'completed_unpaid');
      expect(unpaid.map(({ payment }) => payment)).toEqual([4, 5]);
    },
  );
  test('is paid by the leg that replaced the settlement’s, once that one has completed', () => {
    const replaced = (state: string) => (world: SmallWorld) => {
      const old = legOf(world, 6);
      world.books.legs.push({ ...old, id: 'leg-7', reference: hash(107), state });
      for (const effect of world.books.effects) if (effect.legId === 'leg-6') effect.legId = 'leg-7';
      old.state = 'replaced';
    };
    expect(given(replaced('completed'))).toEqual([]);
    // While it is paid, nobody can say on which side its pesos are; that its settled legs are not paid, anybody can.
    expect(codes(replaced('paying_out'))).toEqual(['completed_unpaid', 'completed_unpaid']);
  });
  test('is paid where a person paid the settlement by hand', () => {
    const byHand = (isSettledOutside: boolean) =>
      codes((world) => {
        world.juno.withdrawals = [];
        Object.assign(legOf(world, 6), { state: 'closed', isSettledOutside });
      });
    expect(byHand(true)).not.toContain('completed_unpaid');
    expect(byHand(true)).not.toContain('pesos_missing');
    expect(byHand(false)).toEqual(expect.arrayContaining(['completed_unpaid', 'pesos_missing']));
  });
  test('is not paid by a settlement of which the books have no leg', () => {
    expect(
      codes((world) => {
        legOf(world, 4).settledBy = 'never-was';
      }),
    ).toContain('completed_unpaid');
  });
  test('is owed to nobody a second time: a payout of its own is one that no leg owes', () => {
    expect(codes((world) => redeem(world, 6_000n, NVIO_CLABE))).toEqual(['payout_unowed']);
  });
  test('and has accrued, is owed in the payout account, and came from the payment’s own deposit', () => {
    const accrue = (world: SmallWorld) => {
      for (const n of [4, 5]) Object.assign(legOf(world, n), { state: 'accrued', settledBy: null });
      for (const name of ['legs', 'payments', 'effects'] as const) {
        const all: { id?: string; legId?: string | null }[] = world.books[name];
        const rest = all.filter(({ id, legId }) => id !== 'leg-6' && id !== 'payment-6' && legId !== 'leg-6');
        Object.assign(world.books, { [name]: rest });
      }
      world.books.evidence = world.books.evidence.filter(({ subjectId }) => subjectId !== 'leg-6');
      world.juno.withdrawals = [];
      world.juno.transactions = world.juno.transactions.filter(({ id }) => id !== 'redemption-6');
      world.juno.poolUnits += 100_010_000n;
      book(world, 'juno_pool', 'destination', 'MXNB', 100_010_000n);
    };
    expect(given(accrue)).toEqual([]);
    expect(
      codes((world) => {
        accrue(world);
        redeem(world, 6_000n, NVIO_CLABE);
      }),
    ).toEqual(['payout_unowed']);
  });
});

describe('whose a payout is', () => {
  test('a payout of Bitso whose answer was lost is known by our own key, whatever was written down of it', () => {
    expect(
      given((world) => {
        effectOf(world, BITSO_PAYOUT).externalId = null;
      }),
    ).toEqual([]);
  });
  test('a redemption to the Bitso balance pays nobody; one that says it went to a bank does', () => {
    expect(
      codes((world) => {
        Object.assign(paid(world, 'redemption-6'), { isToBitso: false, clabe: CLABE });
      }),
    ).toEqual(['payout_differs', 'paid_twice', 'pesos_missing']);
  });
  test('a leg twice paid: what is lost is what left beyond the first', () => {
    const found = given((world) => {
      for (const n of [8, 9]) {
        world.juno.transactions.push({ ...paid(world, 'redemption-1'), id: `redemption-${n}` });
        world.books.effects.push({ ...effectOf(world, 'redemption-1'), externalId: `redemption-${n}` });
        world.juno.poolUnits -= 1_500_000_000n;
      }
    });
    expect(found.find(({ code }) => code === 'paid_twice')).toMatchObject({
      amount: '3,000.00 MXN',
      what: 'One leg was paid 3 times.',
    });
  });
  test('no leg but one that is leaving explains a payout that nothing names', () => {
    for (const state of ['in_custody', 'reserved', 'payout_failed'])
      expect(
        codes((world) => {
          legOf(world, 2).state = state;
          world.chain.escrows = world.chain.escrows.filter(({ escrowId }) => escrowId !== 2n || state === 'in_custody');
          redeem(world, 200_001n);
        }),
        state,
      ).toContain('paid_twice');
  });
  test('a leg that is leaving explains it only once, and none of another amount or account', () => {
    const leaving = (world: SmallWorld) => {
      const more = { id: 'leg-9', paymentId: 'payment-9', state: 'redeeming', reference: hash(109), escrowId: null };
      world.books.legs.push({ ...legOf(world, 1), ...more });
    };
    const left = (...payouts: readonly [bigint, string | null][]) =>
      codes((world) => {
        leaving(world);
        for (const [amount, clabe] of payouts) redeem(world, amount, clabe);
      });
    expect(left([150_000n, CLABE])).toEqual([]);
    // Juno does not always show the account.
    expect(left([150_000n, null])).toEqual([]);
    expect(left([150_000n, null], [150_000n, CLABE])).toEqual(['paid_twice']);
    expect(left([150_001n, CLABE])).toEqual(['payout_unowed']);
    expect(left([150_000n, NVIO_CLABE])).toEqual(['payout_unowed']);
  });
  test('a leg that is leaving and whose payout is known explains no second one', () => {
    expect(
      codes((world) => {
        legOf(world, 1).state = 'redeeming';
        redeem(world, 150_000n);
      }),
    ).toEqual(['paid_twice']);
  });
  test('what is said of one shows no account whole, and says when the far end shows none', () => {
    const whats = (clabe: string | null) =>
      given((world) => {
        redeem(world, 77_777n, clabe);
        paid(world, 'redemption-1').clabe = clabe;
        paid(world, 'redemption-1').centavos = 1n;
      }).flatMap(({ code, what }) => (code.startsWith('payout_') ? [what] : []));
    for (const what of whats(NVIO_CLABE)) expect(what).toMatch(/ (to|for) 710…1454/);
    for (const what of whats(null)) expect(what).toContain('an account not shown');
    expect([whats(null).length, whats(NVIO_CLABE).length]).toEqual([2, 2]);
  });
  test('a payout that came back is missed by nobody until our books have read its return', () => {
    expect(
      codes((world) => {
        const deposit = must(world.juno.deposits.find(({ id }) => id === 'deposit-5'));
        const back = { id: 'deposit-9', centavos: 150_000n, returnOf: ['redemption-1'] };
        world.juno.deposits.push({ ...deposit, ...back });
      }),
    ).toEqual(['deposit_unclaimed']);
  });
});

describe('tokens under way', () => {
  test('into an escrow that no leg has claimed yet are still the bridge’s in the books', () => {
    expect(
      given((world) => {
        legOf(world, 2).state = 'funding';
        world.books.evidence = world.books.evidence.filter(({ externalId }) => !externalId.includes(hash(22)));
        for (const all of [world.books.balances, world.books.postings])
          must(all.find(({ account }) => account === 'escrow')).account = 'bridge';
      }),
    ).toEqual([]);
  });
  test('sent by the bridge are explained by what it signed or by what a leg claimed, and by nothing else', () => {
    const unsigned = (isClaimed: boolean) => (world: SmallWorld) => {
      world.books.signed = world.books.signed.filter((one) => one !== hash(22));
      if (!isClaimed)
        world.books.evidence = world.books.evidence.filter(({ externalId }) => !externalId.includes(hash(22)));
    };
    expect(given(unsigned(true))).toEqual([]);
    expect(codes(unsigned(false))).toContain('transfer_unexplained');
  });
  test('of the deposit address’s probe are Kustodia’s own, at both ends', () => {
    expect(
      given(({ chain, juno, books }) => {
        const { bridge: from, junoAddress: to } = chain;
        const units = 1_000_000n;
        chain.transfers.push({ ...must(chain.transfers[0]), txHash: hash(50), from, to, units });
        chain.logs.set(`${hash(50)}:0`, must(chain.transfers[0]).blockHash);
        chain.bridgeUnits -= units;
        books.signed.push(hash(50));
        const claim = must(books.evidence.find(({ source }) => source === 'chain'));
        books.evidence.push({
          ...claim,
          externalId: `31337:${hash(50)}:0`,
          subjectKind: 'contract',
          subjectId: 'juno',
        });
        juno.transactions.push({
          ...must(juno.transactions[0]),
          id: 'credit-50',
          type: 'CRYPTO_DEPOSIT',
          centavos: 100n,
        });
        juno.poolUnits += units;
      }),
    ).toEqual([]);
  });
  test('what an escrow paid to a stranger is told until its leg is closed by hand', () => {
    const robbed =
      (isSettledOutside: boolean) =>
      ({ chain, books }: SmallWorld) => {
        const leg = must(books.legs.find(({ state }) => state === 'in_custody'));
        const escrow = must(chain.escrows.find(({ reference }) => reference === leg.reference));
        Object.assign(leg, { isSettledOutside, ...(isSettledOutside ? { state: 'closed' } : {}) });
        escrow.status = 'released';
        const theft = { ...must(chain.transfers[0]), txHash: hash(70), from: escrow.contract, to: STRANGER };
        chain.transfers.push({ ...theft, units: escrow.units });
        chain.logs.set(`${hash(70)}:0`, theft.blockHash);
        books.evidence.push({
          ...{ source: 'chain', externalId: `31337:${hash(70)}:0`, subjectKind: 'leg', subjectId: leg.id },
          ...{ blockHash: theft.blockHash, isReturn: false },
        });
      };
    expect(codes(robbed(false))).toContain('transfer_unexplained');
    expect(codes(robbed(true))).not.toContain('transfer_unexplained');
  });
  test('that left say from where', () => {
    const [bridge, escrow] = (['bridge', 'escrow'] as const).map((name) =>
      given(({ chain }) => {
        const from = name === 'bridge' ? chain.bridge : must(chain.contracts[0]);
        const units = 1_000_000n;
        chain.transfers.push({
          ...must(chain.transfers[0]),
          ...{ txHash: hash(60), from, to: STRANGER, units },
        });
        if (name === 'bridge') chain.bridgeUnits -= units;
        else chain.escrowUnits -= units;
      }).find(({ code }) => code === 'transfer_unexplained'),
    );
    expect(bridge?.what).toContain('1.00 MXNB left the bridge wallet for');
    expect(escrow?.what).toContain('1.00 MXNB left the escrow contract for');
  });
});

describe('what Juno has done and the books do not have yet', () => {
  const pool = (change: (world: SmallWorld) => void) =>
    given(change).filter(({ code }) => code === 'balance_differs' || code === 'chain_logs_incomplete');
  const seen = (world: SmallWorld, type: string, fate: 'complete' | 'failed' | 'open', centavos: bigint | null) =>
    world.juno.transactions.push({ ...paid(world, 'redemption-1'), id: 'new', type, fate, centavos, isToBitso: true });
  test.each(['ISSUANCE', 'CRYPTO_DEPOSIT'])('%s adds to the pool once it is complete', (type) => {
    const came = (fate: 'complete' | 'open', units: bigint) => (world: SmallWorld) => {
      seen(world, type, fate, 500n);
      world.juno.poolUnits += units;
    };
    expect(pool(came('complete', 5_000_000n))).toEqual([]);
    expect(pool(came('complete', 0n))).toMatchObject([{ amount: '-5.00 MXNB' }]);
    expect(pool(came('open', 0n))).toEqual([]);
    expect(pool(came('open', 5_000_000n))).toMatchObject([{ amount: '5.00 MXNB' }]);
  });
  test.each(['REDEMPTION', 'CRYPTO_WITHDRAWAL'])('%s takes from it once it is complete', (type) => {
    const left = (fate: 'complete' | 'open' | 'failed', units: bigint) => (world: SmallWorld) => {
      seen(world, type, fate, 500n);
      world.juno.poolUnits -= units;
    };
    expect(pool(left('complete', 5_000_000n))).toEqual([]);
    expect(pool(left('complete', 0n))).toHaveLength(1);
    // A failed one that no effect of ours waits for explains no shortfall.
    for (const fate of ['open', 'failed'] as const) {
      expect(pool(left(fate, 0n)), fate).toEqual([]);
      expect(pool(left(fate, 5_000_000n)), fate).toHaveLength(1);
    }
  });
  test('an act that has a name and no entry yet is still in the pool of the books', () => {
    for (const entry of ['pending', null])
      expect(
        pool((world) => {
          effectOf(world, 'redemption-1').entry = entry;
          book(world, 'juno_pool', 'payment-1', 'MXNB', 1_500_000_000n);
        }),
      ).toEqual([]);
  });
  test('a failed one whose tokens nobody has seen back explains a shortfall up to its amount, and no surplus', () => {
    const failed =
      (short: bigint, entry = 'pending') =>
      (world: SmallWorld) => {
        seen(world, 'REDEMPTION', 'failed', 500n);
        world.books.effects.push({ ...effectOf(world, 'redemption-1'), externalId: 'new', entry });
        world.juno.poolUnits -= short;
      };
    for (const short of [0n, 5_000_000n]) expect(pool(failed(short))).toEqual([]);
    for (const short of [5_000_001n, -1n]) expect(pool(failed(short))).toHaveLength(1);
    expect(pool(failed(5_000_000n, 'voided'))).toHaveLength(1);
  });
  test('dust is nothing', () => {
    expect(pool((world) => seen(world, 'ISSUANCE', 'complete', null))).toEqual([]);
  });
  test('and logs that do not add up say by how much', () => {
    expect(
      pool(({ chain }) => {
        chain.bridgeUnits += 7_000_000n;
      }),
    ).toMatchObject([{ amount: '7.00 MXNB', what: expect.stringContaining('The bridge holds 12.00 MXNB') }, {}]);
  });
});

describe('what the books say of themselves', () => {
  test('a balance or a posting that only one side has, or that is pending on one only, is a difference', () => {
    const one = { account: 'own', owner: 'general', currency: 'MXN', posted: 0n, pending: 0n };
    for (const side of ['balances', 'postings'] as const) {
      expect(codes(({ books }) => books[side].push(one))).toEqual([]);
      for (const more of [{ posted: 1n }, { pending: 1n }])
        expect(codes(({ books }) => books[side].push({ ...one, ...more }))).toEqual(['ledger_balance_differs']);
    }
  });
  test('evidence that is not out there names its payment, and a claim for no leg names none', () => {
    const missing = (subjectId: string) =>
      given(({ books }) => {
        const claim = must(books.evidence.find(({ source }) => source === 'bitso_withdrawal'));
        books.evidence.push({ ...claim, externalId: 'never-was', subjectId });
      });
    expect(missing('leg-2')).toMatchObject([
      { code: 'evidence_missing', payment: 2, evidence: ['never-was', 'leg-2'] },
    ]);
    expect(missing('nobody')).toMatchObject([{ code: 'evidence_missing', payment: null }]);
  });
  test.each([
    ['juno_withdrawal', 'withdrawal-1', 'juno_transaction'],
    ['juno_redemption', 'redemption-1', 'juno_transaction'],
    ['bitso_payout', BITSO_PAYOUT, 'bitso_withdrawal'],
  ])('an effect (%s) whose act the far end does not have is found', (kind, id, source) => {
    expect(
      given((world) => {
        world.books.effects.push({ ...effectOf(world, id), externalId: 'never-was' });
      }),
    ).toMatchObject([
      { code: 'evidence_missing', what: expect.stringContaining(`no ${source} of this id, which an effect (${kind})`) },
    ]);
  });
  test('what the wallet sends, and what moves no money, is not looked for at Juno', () => {
    for (const kind of ['chain_fund', 'juno_clabe', 'juno_bank_account'])
      expect(
        given((world) => {
          world.books.effects.push({ ...effectOf(world, 'redemption-1'), kind, externalId: 'something else' });
        }),
        kind,
      ).toEqual([]);
  });
});
