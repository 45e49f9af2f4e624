import { z } from 'zod';
import { amountOf } from './amount.ts';
import { optionalText, printJson, textual } from './json.ts';
import { readMoment } from './moment.ts';
import { idOf } from './page.ts';
import { readStatus } from './status.ts';
import type { JunoDeposit } from './types.ts';

const FIELDS = z.object({
  fid: idOf.nullish(),
  deposit_id: idOf.nullish(),
  receiver_clabe: textual,
  amount: amountOf('MXN'),
  status: textual,
  sender_clabe: optionalText,
  sender_name: optionalText,
  created_at: optionalText,
  tracking_key: optionalText,
  refunded_withdrawal: z
    .object({ wid: optionalText, tracking_key: optionalText, origin_id: optionalText })
    .nullish()
    .transform((value) => value ?? null),
});
/** Reads a deposit as either list shows it. Without id, receiver, amount or status it is malformed. */
export const depositSchema: z.ZodType<JunoDeposit> = z
  .unknown()
  .transform((item) => ({ item, raw: printJson(item) }))
  .pipe(
    z.object({ item: FIELDS, raw: z.string() }).transform(({ item, raw }, ctx) => {
      // Third parties saw both; no page says which one there always is.
      const id = item.fid ?? item.deposit_id;
      if (!id) {
        ctx.addIssue({ code: 'custom', message: 'has no id' });
        return z.NEVER;
      }
      return {
        id,
        clabe: item.receiver_clabe,
        amount: item.amount,
        status: readStatus(item.status),
        statusText: item.status,
        senderClabe: item.sender_clabe,
        senderName: item.sender_name,
        createdAt: readMoment(item.created_at),
        createdAtText: item.created_at,
        trackingKey: item.tracking_key,
        refundedWithdrawal: item.refunded_withdrawal && {
          wid: item.refunded_withdrawal.wid,
          trackingKey: item.refunded_withdrawal.tracking_key,
          originId: item.refunded_withdrawal.origin_id,
        },
        raw,
      };
    }),
  );
