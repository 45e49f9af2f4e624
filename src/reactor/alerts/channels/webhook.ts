import { signWebhook } from '../../webhooks-out/sign.ts';
import type { Channel } from '../notice.ts';
import { post } from './post.ts';

/** A webhook of Standard Webhooks: `type`, `timestamp`, `data`, signed. Its id stays the same at each try. */
export const webhookChannel = (
  { url, secret }: Readonly<{ url: string; secret: string }>,
  now: () => Date,
): Channel => ({
  name: 'webhook',
  deliver: async (id, { event, ...data }) => {
    const at = now();
    const body = JSON.stringify({ type: event, timestamp: at.toISOString(), data });
    await post(url, signWebhook({ secret, id, at, body }), body);
  },
});
