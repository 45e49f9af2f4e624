import { createTransport } from 'nodemailer';
import type { OperateSettings } from '../../settings-operate.ts';
import { type Channel, headline, Undelivered } from '../notice.ts';

const TIMEOUT_MS = 10_000;

/** E-mail by one server, each on a connection of its own: alerts are few. */
export function emailChannel({ smtpUrl, from, to }: NonNullable<OperateSettings['alerts']['email']>): Channel {
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    // A login never goes out in the clear.
    requireTLS: !secure && username !== '',
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  return {
    name: 'email',
    deliver: async (id, notice) => {
      const { sentence, runbook, openedAt } = notice;
      const mail = {
        ...{ from, to: [...to], subject: `[Kustodia] ${headline(notice)}` },
        ...{ messageId: `<${id}@alerts.kustodia>`, text: `${sentence}\n\nSince ${openedAt}\n${runbook}\n` },
      };
      await transport.sendMail(mail).catch((error: unknown) => {
        // What the server said may repeat the login.
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
        throw new Undelivered(`the mail server: ${code.replace(/[^A-Z]/g, '') || 'no answer'}`);
      });
    },
  };
}
