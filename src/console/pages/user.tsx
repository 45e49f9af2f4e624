import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import { GET_SCREENING } from '../../reactor/http/routes/screenings.ts';
import {
  LIST_STANDING_TERMS,
  SET_STANDING_TERMS,
  STOP_STANDING_TERMS,
} from '../../reactor/http/routes/standing-terms.ts';
import { ERASE_USER, GET_USER } from '../../reactor/http/routes/users.ts';
import { ask } from '../api/client.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { lasting } from '../look/format.ts';
import { termFields, termsOf } from '../parts/account-fields.ts';
import { Act } from '../parts/act.tsx';
import { Asked } from '../parts/asked.tsx';
import { Badge, Facts, Head, Id, Money, Panel, Said, When } from '../parts/basic.tsx';
import { NewPayment } from '../parts/new-payment.tsx';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';
import { UserPayments } from './user/payments.tsx';

const route = getRouteApi('/users/$id');
type User = AnswerOf<typeof GET_USER>;

/** Who somebody is, whether they are cleared, and what their deposits become. */
export default function UserPage() {
  const { id } = route.useParams();
  const query = useQuery({ ...ask(GET_USER, { parameters: { id } }), refetchInterval: 10_000 });
  return <Asked query={query}>{(user) => <Shown user={user} />}</Asked>;
}

function Shown({ user }: { user: User }) {
  const { t, name } = useWords();
  const who = useWho();
  const parameters = { id: user.id };
  const isThere = user.erasedAt === null;
  return (
    <div className="stack">
      <Head title={user.fullName} about={t('user.about')}>
        {isThere && <NewPayment payerId={user.id} />}
        {isThere && may(who, ERASE_USER.roles) && (
          <Act
            {...{ label: t('do.erase'), title: t('do.erase'), about: t('do.erase.about'), isDanger: true }}
            {...{ route: ERASE_USER, parameters }}
          />
        )}
      </Head>
      <div className="grid2">
        <Panel title={t('user.who')}>
          <Facts
            rows={[
              [t('field.email'), user.email],
              [
                t('user.clabeStatus'),
                <span key="c">
                  {user.depositClabe && <Id of={user.depositClabe} whole />}{' '}
                  <span className="soft small">{name('clabe', user.clabeStatus)}</span>{' '}
                  {user.clabeProblem && <Said>{user.clabeProblem}</Said>}
                </span>,
              ],
              [t('payment.created'), <When key="t" at={user.createdAt} how="full" />],
              ...(user.erasedAt ? [[t('user.erased'), <When key="e" at={user.erasedAt} how="full" />] as const] : []),
              [t('payment.id'), <Id key="i" of={user.id} />],
            ]}
          />
        </Panel>
        <Screening id={user.id} />
      </div>
      <UserPayments id={user.id} />
      <StandingTerms id={user.id} isThere={isThere} />
    </div>
  );
}

function Screening({ id }: { id: string }) {
  const { t, name } = useWords();
  const query = useQuery(ask(GET_SCREENING, { parameters: { id } }));
  return (
    <Panel title={t('user.screening')}>
      <Asked query={query}>
        {({ isCleared, newest }) => (
          <div className="stack">
            <p>
              <Badge tone={isCleared ? 'good' : 'warn'}>{t(isCleared ? 'user.cleared' : 'user.uncleared')}</Badge>
            </p>
            {newest ? (
              <Facts
                rows={[
                  ['KYC', name('kyc', newest.kyc)],
                  ['69-B', name('blacklist', newest.blacklist)],
                  [t('user.checked'), <When key="c" at={newest.checkedAt} how="full" />],
                  [t('user.valid'), <When key="v" at={newest.validUntil} how="full" />],
                  [t('user.source'), `${newest.source} · ${newest.reference}`],
                ]}
              />
            ) : (
              <p className="soft">{t('user.never')}</p>
            )}
          </div>
        )}
      </Asked>
    </Panel>
  );
}

function StandingTerms({ id, isThere }: { id: string; isThere: boolean }) {
  const words = useWords();
  const { t, name, locale } = words;
  const who = useWho();
  const query = useQuery(ask(LIST_STANDING_TERMS, { parameters: { id }, query: { limit: 20 } }));
  const isActive = query.data?.versions.some((one) => one.isActive) ?? false;
  const parameters = { id };
  return (
    <Panel
      title={t('user.terms')}
      flush
      aside={
        <div className="pair no-print">
          {isThere && may(who, SET_STANDING_TERMS.roles) && (
            <Act
              {...{ label: t('do.terms'), title: t('do.terms'), about: t('do.terms.about'), isSmall: true }}
              {...{ route: SET_STANDING_TERMS, parameters }}
              fields={[
                { name: 'minimum', label: t('field.minimum'), hint: t('field.amount.hint'), isMoney: true },
                { name: 'maximum', label: t('field.maximum'), isMoney: true },
                ...termFields(words),
              ]}
              bodyOf={(values) => ({ ...termsOf(values), minimum: values['minimum'], maximum: values['maximum'] })}
            />
          )}
          {isActive && may(who, STOP_STANDING_TERMS.roles) && (
            <Act
              {...{ label: t('do.terms.stop'), title: t('do.terms.stop'), about: t('do.terms.stop.about') }}
              {...{ route: STOP_STANDING_TERMS, parameters, isSmall: true, isDanger: true }}
            />
          )}
        </div>
      }
    >
      <Asked query={query}>
        {({ versions }) => (
          <Table
            label={t('user.terms')}
            rows={versions}
            keyOf={(one) => one.id}
            empty={t('user.terms.none')}
            columns={[
              {
                head: t('user.version'),
                kind: 'main-cell',
                cell: (one) => (
                  <>
                    {one.version}{' '}
                    <Badge tone={one.isActive ? 'good' : 'idle'}>
                      {t(one.isActive ? 'user.inForce' : 'user.ended')}
                    </Badge>
                  </>
                ),
              },
              {
                head: t('leg.to'),
                cell: (one) => (one.payout ? `${one.payout.legalName} · ${one.payout.clabe}` : '—'),
              },
              {
                head: t('payment.custody'),
                cell: (one) => `${one.custodyBasisPoints / 100} % · ${lasting(one.custodySeconds, locale)}`,
              },
              { head: t('payment.release'), cell: (one) => name('release', one.release) },
              { head: t('field.minimum'), kind: 'right', cell: (one) => <Money of={one.minimum} /> },
              { head: t('field.maximum'), kind: 'right', cell: (one) => <Money of={one.maximum} /> },
              { head: t('payment.concept'), cell: (one) => one.concept },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}
