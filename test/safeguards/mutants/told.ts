import { type Mutant, removing } from '../mutant.ts';

const METRICS = 'docs/metrics.md';
const RUNBOOK = 'docs/runbook.md';
const WEBHOOKS = 'docs/webhooks.md';
const OUT = 'test/webhooks-out/out.test.ts';
const TELLING = 'test/alerts/telling.test.ts';
const JUDGE = 'test/alerts/judge.test.ts';

/** What those who run it are told, and nobody else. */
export const TOLD: readonly Mutant[] = [
  removing(
    'metrics-closed',
    'in production nobody reads the metrics without their token',
    METRICS,
    [
      'src/reactor/http/metrics.ts',
      "metricsToken === null ? junoEnv !== 'production'",
      'metricsToken === null ? junoEnv.length > 0',
    ],
    ['test/metrics/expose.test.ts', 'with a token only for who shows it, and in production without one for nobody'],
  ),
  removing(
    'metrics-not-zero',
    'what cannot be read is never told as a zero',
    METRICS,
    ['src/reactor/metrics/expose.ts', 'return behind_s === null ? [] : one(behind_s);', 'return one(behind_s ?? 0);'],
    ['test/metrics/expose.test.ts', 'what cannot be read has no value, and is never taken for a zero'],
  ),
  removing(
    'tally-once',
    'each move is counted once: what was counted is gone',
    METRICS,
    [
      'src/reactor/metrics/tally.ts',
      'DELETE FROM reactor.tally_news n USING picked p WHERE n.owner = p.owner RETURNING n.*',
      'SELECT n.* FROM reactor.tally_news n JOIN picked p ON n.owner = p.owner',
    ],
    ['test/metrics/tally.test.ts', 'every move is counted once, whoever folds, and its news is gone'],
  ),
  removing(
    'alert-unseen',
    'what cannot be seen ends no alert',
    RUNBOOK,
    ['src/reactor/alerts/plan.ts', '!wrong.has(key) && !unseen.has(kind)', '!wrong.has(key)'],
    [TELLING, 'what cannot be read ends no alert'],
  ),
  removing(
    'alert-once',
    'an alert is told once while it lasts, until its time to be repeated',
    RUNBOOK,
    ['src/reactor/alerts/plan.ts', 'still.filter(({ open: { repeatAt } }) => repeatAt <= now)', 'still'],
    [TELLING, 'told again only when its time has come, and then later each time'],
  ),
  removing(
    'alert-usual',
    'a leg is stuck only beyond what is usual for its kind and state',
    RUNBOOK,
    [
      'src/reactor/alerts/judge.ts',
      'Math.max(bounds.stuck_s, waiting.usual_s.get(`${leg.kind} ${leg.state}`) ?? 0)',
      'bounds.stuck_s',
    ],
    [JUDGE, 'a leg is stuck only once it is longer in its state than is usual for its kind'],
  ),
  removing(
    'alert-told-stays',
    'what was told is never left out for something worse',
    RUNBOOK,
    ['src/reactor/alerts/judge.ts', '!open.has(key) && fresh++', 'fresh++'],
    [JUDGE, 'of one kind the worst twenty are told, and beside them all that were told before'],
  ),
  removing(
    'alert-clabe',
    'no alert shows a CLABE (design 4, privacy)',
    RUNBOOK,
    ['src/reactor/alerts/judge.ts', 'sentence: withoutClabes(says)', 'sentence: says'],
    [JUDGE, 'no alert shows a CLABE'],
  ),
  removing(
    'notice-secret',
    'why a notice was not delivered names no address: a hook’s is its secret',
    RUNBOOK,
    [
      'src/reactor/alerts/channels/post.ts',
      'throw new Undelivered(`answered ${status}`)',
      'throw new Undelivered(`${url} answered ${status}`)',
    ],
    [TELLING, 'no notice and no line of the log holds a secret of a channel'],
  ),
  removing(
    'notice-again',
    'a notice that did not arrive is sent again',
    RUNBOOK,
    ['src/reactor/alerts/deliver.ts', "isGivenUp ? 'failed' : 'waiting'", "'failed'"],
    [TELLING, 'a channel that takes nothing holds up no other; mended, it has all of it, in order'],
  ),
  removing(
    'notice-signed',
    'an alert goes out signed over its exact bytes',
    RUNBOOK,
    ['src/reactor/webhooks-out/sign.ts', '`${id}.${timestamp}.${body}`', '`${id}.${body}`'],
    [TELLING, 'by every channel, once while it lasts, and over when it is gone; a library verifies the signature'],
  ),
  removing(
    'told-order',
    'what is told of one payment comes in its order',
    WEBHOOKS,
    ['src/reactor/webhooks-out/deliver.ts', 'AND f.number < d.number)', 'AND f.number < 0)'],
    [OUT, 'the next of a payment waits for the one before it, also where that was put off'],
  ),
  removing(
    'told-again',
    'a webhook that nobody took is sent again',
    WEBHOOKS,
    [
      'src/reactor/webhooks-out/deliver.ts',
      "> until THEN 'failed' ELSE 'waiting'",
      "> until THEN 'failed' ELSE 'failed'",
    ],
    [OUT, 'what is not taken is sent again under its id, the next of that payment after it, those of others meanwhile'],
  ),
  removing(
    'told-overlap',
    'after a rotation the secret before signs as well, for a day',
    WEBHOOKS,
    [
      'src/reactor/webhooks-out/deliver.ts',
      '[endpoint.version, endpoint.version - 1]',
      '[endpoint.version, endpoint.version]',
    ],
    [OUT, 'a secret is shown once, stands nowhere, and the one before it signs as well for a day'],
  ),
  removing(
    'told-secret',
    'a secret is shown to whoever makes it and to no repeat of the request',
    WEBHOOKS,
    ['src/reactor/http/webhooks-out.ts', 'secret: isRepeat ? null :', 'secret: isRepeat && false ? null :'],
    [OUT, 'a secret is shown once, stands nowhere, and the one before it signs as well for a day'],
  ),
  removing(
    'told-outside',
    'no webhook goes to what only this network reaches, whatever its name leads to',
    WEBHOOKS,
    ['src/reactor/webhooks-out/send.ts', 'if (!isAllPublic)', 'if (!isAllPublic && found.length === 0)'],
    [OUT, 'a name that leads to a private network gets nothing'],
  ),
  removing(
    'told-https',
    'outside the sandbox a webhook goes out encrypted or not at all',
    WEBHOOKS,
    ['src/reactor/webhooks-out/outside.ts', "url.protocol !== 'https:'", "url.protocol === 'ftp:'"],
    [OUT, 'only an administrator says who is told, and only of a place outside'],
  ),
  removing(
    'trace-error-words',
    'a trace holds an error’s name and not its words, which may name an account',
    METRICS,
    [
      'src/reactor/trace/open.ts',
      'spans.fail(span, error instanceof Error ? error.name : typeof error)',
      'spans.fail(span, String(error))',
    ],
    ['test/follow/tracer.test.ts', 'an error keeps its words'],
  ),
  removing(
    'log-names-payment',
    'every line that is logged in work for a payment names it',
    'docs/architecture.md',
    ['src/reactor/log.ts', 'mixin: () => ({ ...workHere() }),', ''],
    ['test/log/payment.test.ts', 'a line says for which payment, leg, effect and kind it was written'],
  ),
];
