import { expect, test } from 'vitest';
import { compare } from '../../src/auditor/audit.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { smallWorld } from '../auditor/small-world.ts';
import { chainFact, effectView, viewOf } from './support.ts';

test('the chain says released, whoever did it: the books follow its evidence, without a call of ours and without a script', () => {
  const facts = { released: chainFact(), unlocked: chainFact({ id: '31337:0x1:1' }) };
  const decision = decide(
    viewOf({
      state: 'releasing',
      deadline: 1,
      effects: { chain_release: effectView('chain_release', { state: 'recorded', externalId: null }) },
      facts,
    }),
  );
  expect(decision).toMatchObject({
    do: 'move',
    to: 'released',
    claims: [
      { source: 'chain', externalId: facts.released.id, detail: { txHash: '0x1', blockHash: '0xb' } },
      { source: 'chain', externalId: facts.unlocked.id },
    ],
  });
});

test('books that say custody while the chain says released are found by the auditor, which reads the chain itself', () => {
  const { chain, juno, books } = smallWorld();
  for (const escrow of chain.escrows) if (escrow.status === 'funded') escrow.status = 'released';
  expect(compare(chain, juno, books).findings).toMatchObject([{ code: 'escrow_state_differs', payment: 2 }]);
});
