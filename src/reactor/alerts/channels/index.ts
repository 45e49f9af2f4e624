import type { Context } from '../../context.ts';
import type { Channel } from '../notice.ts';
import { emailChannel } from './email.ts';
import { logChannel } from './log.ts';
import { slackChannel } from './slack.ts';
import { webhookChannel } from './webhook.ts';

/** The log, and what the settings name. */
export function openChannels({ settings, log, now }: Pick<Context, 'settings' | 'log' | 'now'>): readonly Channel[] {
  const { webhook, slackUrl, email } = settings.operate.alerts;
  return [
    logChannel(log),
    ...(webhook ? [webhookChannel(webhook, now)] : []),
    ...(slackUrl ? [slackChannel(slackUrl)] : []),
    ...(email ? [emailChannel(email)] : []),
  ];
}

/** Their names. */
export const channelNames = ({ operate }: Pick<Context['settings'], 'operate'>): readonly Channel['name'][] => {
  const { webhook, slackUrl, email } = operate.alerts;
  return ['log', ...(webhook ? ['webhook'] : []), ...(slackUrl ? ['slack'] : []), ...(email ? ['email'] : [])];
};
