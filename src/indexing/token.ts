import { ponder } from 'ponder:registry';
import { tokenTransfer } from 'ponder:schema';
import { lower, placeOf } from './place.ts';

ponder.on('Mxnb:Transfer', async ({ event, context }) => {
  const { from, to, value } = event.args;
  await context.db.insert(tokenTransfer).values({
    ...placeOf(event, context.chain.id),
    token: lower(event.log.address),
    from: lower(from),
    to: lower(to),
    value,
  });
});
