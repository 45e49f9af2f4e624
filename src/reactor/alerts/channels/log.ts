import type { Logger } from 'pino';
import type { Channel } from '../notice.ts';

/** The log: always there. */
export const logChannel = (log: Logger): Channel => ({
  name: 'log',
  deliver: async (_id, { event, sentence, ...rest }) => {
    const level = event === 'alert.closed' ? 'info' : rest.severity === 'page' ? 'error' : 'warn';
    log[level]({ event, ...rest }, sentence);
  },
});
