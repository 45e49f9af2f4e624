import { type Channel, headline } from '../notice.ts';
import { post } from './post.ts';

/** What Slack takes for markup in a text (api.slack.com, "Escaping text"). */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An incoming webhook of Slack, and of what takes the same: `{"text": …}`. The address is its only secret. */
export const slackChannel = (url: string): Channel => ({
  name: 'slack',
  deliver: async (_id, notice) => {
    const text = escaped(`${headline(notice)}\n${notice.sentence}\n${notice.runbook}`);
    await post(url, {}, JSON.stringify({ text }));
  },
});
