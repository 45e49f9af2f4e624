import { useQuery } from '@tanstack/react-query';
import { LIST_KEYS, MAKE_KEY, REVOKE_KEY } from '../../reactor/http/routes/records.ts';
import { ROLES } from '../../reactor/people/roles.ts';
import { ask } from '../api/client.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { Act } from '../parts/act.tsx';
import { Asked } from '../parts/asked.tsx';
import { Badge, Facts, Head, Panel, When } from '../parts/basic.tsx';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';

export default function Keys() {
  const { t, name } = useWords();
  const who = useWho();
  return (
    <div className="stack">
      <Head title={t('nav.keys')} about={t('keys.about')}>
        {may(who, MAKE_KEY.roles) && (
          <Act
            {...{ label: t('do.key'), title: t('do.key'), about: t('do.key.about'), route: MAKE_KEY }}
            fields={[{ name: 'name', label: t('keys.name') }]}
            bodyOf={({ name: of }) => ({ name: of, role: 'viewer' })}
          />
        )}
      </Head>
      <Panel title={t('keys.roles')}>
        <Facts rows={ROLES.map((role) => [name('role', role), name('role.about', role)] as const)} />
      </Panel>
      {may(who, LIST_KEYS.roles) ? <List /> : <p className="note">{t('role.no')}</p>}
    </div>
  );
}

function List() {
  const { t, name } = useWords();
  const query = useQuery({ ...ask(LIST_KEYS, {}), refetchInterval: 5_000 });
  return (
    <Panel title={t('keys.list')} flush>
      <Asked query={query}>
        {({ keys }) => (
          <Table
            label={t('keys.list')}
            rows={keys}
            keyOf={(one) => one.id}
            empty={t('queue.empty')}
            columns={[
              {
                head: t('keys.name'),
                kind: 'main-cell',
                order: (a, b) => a.name.localeCompare(b.name),
                cell: (one) => (
                  <>
                    {one.name} {one.isYours && <span className="soft small">({t('keys.yours')})</span>}
                  </>
                ),
              },
              {
                head: t('keys.role'),
                order: (a, b) => a.role.localeCompare(b.role),
                cell: (one) => name('role', one.role),
              },
              {
                head: t('payment.status'),
                cell: (one) =>
                  one.revokedAt ? (
                    <Badge tone="idle">
                      {t('keys.revoked')} <When at={one.revokedAt} />
                    </Badge>
                  ) : (
                    <Badge tone="good">{t('keys.alive')}</Badge>
                  ),
              },
              {
                head: t('keys.sessions'),
                kind: 'right',
                cell: (one) => <span className="number">{one.sessions}</span>,
              },
              {
                head: t('payment.created'),
                order: (a, b) => a.createdAt.localeCompare(b.createdAt),
                cell: (one) => <When at={one.createdAt} />,
              },
              {
                head: t('queue.next'),
                cell: (one) =>
                  !one.revokedAt &&
                  !one.isYours && (
                    <Act
                      {...{
                        label: t('keys.revoke'),
                        title: t('keys.revoke.title', { name: one.name }),
                        isDanger: true,
                      }}
                      {...{
                        about: t('keys.revoke.about'),
                        route: REVOKE_KEY,
                        parameters: { id: one.id },
                        isSmall: true,
                      }}
                    />
                  ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}
