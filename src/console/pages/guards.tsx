import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import { CHANGE_CAP, LIST_GUARDS, OPEN_SWITCH, STOP_SWITCH } from '../../reactor/http/routes/guards.ts';
import { GET_OVERVIEW } from '../../reactor/http/routes/overview.ts';
import { GET_RECOVERY, RECOVER } from '../../reactor/http/routes/recovery.ts';
import { ask } from '../api/client.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { linesOf } from '../parts/account-fields.ts';
import { Act } from '../parts/act.tsx';
import { Asked } from '../parts/asked.tsx';
import { Badge, Head, Money, Panel, Said, When } from '../parts/basic.tsx';
import { TextField } from '../parts/field.tsx';
import { Switch } from '../parts/switch.tsx';
import { Table } from '../parts/table.tsx';
import { moneyMoves, switchOf } from '../words/codes.ts';
import { useWords } from '../words/use.tsx';

type Guards = AnswerOf<typeof LIST_GUARDS>;
type SwitchSeen = Guards['switches'][number];
/** So many of users are shown before somebody looks for one. */
const MOST_SHOWN = 40;

export default function GuardsPage() {
  const { t } = useWords();
  const query = useQuery({ ...ask(LIST_GUARDS, {}), refetchInterval: 3_000 });
  return (
    <div className="stack">
      <Head title={t('nav.guards')} about={t('guards.about')} />
      <Asked query={query}>
        {({ switches, caps }) => (
          <>
            <Recovery />
            <Main
              all={switches.find(({ name }) => name === 'all')}
              stopped={switches.filter(({ name, isStopped }) => isStopped && name !== 'all').length}
            />
            <Caps caps={caps} />
            <Others switches={switches.filter(({ name }) => name !== 'all')} />
          </>
        )}
      </Asked>
    </div>
  );
}

/** Whether money is off since a backup was restored, and what an administrator does about it. */
function Recovery() {
  const { t } = useWords();
  const who = useWho();
  const { data } = useQuery({ ...ask(GET_RECOVERY, {}), refetchInterval: 15_000 });
  if (data?.state !== 'needed') return null;
  return (
    <section className="note bad stack" aria-label={t('do.recover')}>
      <strong>{t('recovery.needed')}</strong>
      <p>
        <Said>{data.sentence}</Said>
      </p>
      {may(who, RECOVER.roles) && (
        <div className="pair">
          <Act
            {...{ label: t('do.recover'), title: t('do.recover'), about: t('do.recover.about'), route: RECOVER }}
            fields={[
              { name: 'notOurs', label: t('field.notOurs'), hint: t('field.notOurs.hint') },
              { name: 'clabes', label: t('field.clabes'), hint: t('field.clabes.hint') },
            ].map((field) => ({ ...field, isLong: true, isOptional: true }))}
            bodyOf={({ notOurs, clabes }) => ({
              notOurs: linesOf(notOurs),
              clabes: linesOf(clabes).map((line) => {
                const [clabe = '', userId = ''] = line.split(/\s+/);
                return { clabe, userId };
              }),
            })}
            doneOf={(answer) => (answer as AnswerOf<typeof RECOVER>).state === 'needed' && t('recovery.again')}
          />
        </div>
      )}
    </section>
  );
}

/** The one that stops everything: it asks twice, and shows what it does while it is thrown. */
function Main({ all, stopped }: { all: SwitchSeen | undefined; stopped: number }) {
  const { t } = useWords();
  const { data } = useQuery({ ...ask(GET_OVERVIEW, {}), refetchInterval: 3_000 });
  if (!all) return null;
  const underWay = (data?.stations ?? [])
    .filter(({ state }) => !['completed', 'replaced', 'expired', 'closed', 'requested'].includes(state))
    .reduce((sum, { legs }) => sum + legs, 0);
  return (
    <section className={`panel ${all.isStopped ? 'kill' : ''}`} aria-label={t('guards.all')}>
      <header>
        <h2>{t('guards.all')}</h2>
        <Badge tone={all.isStopped ? 'bad' : 'good'}>{t(all.isStopped ? 'guards.stopped' : 'guards.open')}</Badge>
      </header>
      <div className="body stack">
        <p>{t(moneyMoves(all.isStopped, stopped), { count: underWay, stopped })}</p>
        {all.isStopped && (
          <p className="note bad">
            <Said isAnybodys>{all.reason ?? ''}</Said>{' '}
            <span className="soft small">
              {all.changedBy}, <When at={all.changedAt} how="full" />
            </span>
          </p>
        )}
        <div className="pair">
          <Throw of={all} word={t('guards.word')} />
        </div>
      </div>
    </section>
  );
}

function Throw({ of, word, isSmall = false }: { of: SwitchSeen; word?: string; isSmall?: boolean }) {
  const words = useWords();
  const { t } = words;
  const who = useWho();
  const parameters = { name: of.name };
  const { words: said, id } = switchOf(of.name, words);
  const name = id === null ? said : `${said} ${id}`;
  if (of.isStopped)
    return (
      may(who, OPEN_SWITCH.roles) && (
        <Act
          {...{ label: t('guards.reopen'), title: t('guards.reopen.title', { name }), parameters, isSmall }}
          {...{ about: t('guards.reopen.about'), route: OPEN_SWITCH }}
        />
      )
    );
  return (
    // The reactor alone throws that one.
    of.name !== 'recovery' &&
    may(who, STOP_SWITCH.roles) && (
      <Act
        {...{ label: t('guards.stop'), title: t('guards.stop.title', { name }), isDanger: true, isSmall }}
        {...{ about: t(of.name === 'all' ? 'guards.stop.all' : 'guards.stop.about'), route: STOP_SWITCH, parameters }}
        {...(word && { word })}
      />
    )
  );
}

function Caps({ caps }: { caps: Guards['caps'] }) {
  const { t, name } = useWords();
  const who = useWho();
  return (
    <Panel title={t('guards.caps')} flush>
      <Table
        label={t('guards.caps')}
        rows={caps}
        keyOf={(one) => one.name}
        empty=""
        columns={[
          { head: t('guards.cap'), kind: 'main-cell', cell: (one) => name('cap', one.name) },
          {
            head: t('guards.limit'),
            kind: 'right',
            cell: (one) => (one.limitPesos ? <Money of={one.limitPesos} /> : t('guards.closed')),
          },
          {
            head: t('guards.used'),
            kind: 'wide',
            cell: (one) => {
              if (!one.usedToday || !one.limitPesos) return '—';
              const share = Math.min(100, (Number(one.usedToday) / Number(one.limitPesos)) * 100);
              return (
                <div style={{ minWidth: '9rem' }}>
                  <span className="small">
                    <Money of={one.usedToday} /> · {share.toFixed(share < 10 ? 1 : 0)} %
                  </span>
                  <div className="bar">
                    <span className={share > 80 ? 'warn' : undefined} style={{ width: `${share}%` }} />
                  </div>
                </div>
              );
            },
          },
          {
            head: t('guards.changed'),
            cell: (one) =>
              one.changedAt ? (
                <>
                  {one.changedBy} <When at={one.changedAt} />
                </>
              ) : (
                '—'
              ),
          },
          {
            head: t('queue.next'),
            cell: (one) =>
              may(who, CHANGE_CAP.roles) && (
                <Act
                  {...{ label: t('guards.change'), title: name('cap', one.name), about: t('guards.change.about') }}
                  {...{ route: CHANGE_CAP, parameters: { name: one.name }, isSmall: true }}
                  fields={[
                    { name: 'limit', label: t('guards.limit'), hint: t('guards.limit.hint'), initial: one.limit },
                  ]}
                />
              ),
          },
        ]}
      />
    </Panel>
  );
}

function Others({ switches }: { switches: readonly SwitchSeen[] }) {
  const words = useWords();
  const { t } = words;
  const [text, setText] = useState('');
  const isFor = (one: string) => one.toLowerCase().includes(text.trim().toLowerCase());
  const fits = switches.filter(({ name }) => isFor(`${name} ${switchOf(name, words).words}`));
  const sorted = fits.toSorted(
    (a, b) =>
      Number(b.isStopped) - Number(a.isStopped) ||
      Number(a.name.startsWith('user:')) - Number(b.name.startsWith('user:')),
  );
  return (
    <Panel
      title={t('guards.others')}
      flush
      aside={<TextField label={t('guards.find')} value={text} onChange={setText} />}
    >
      <Table
        label={t('guards.others')}
        rows={sorted.slice(0, MOST_SHOWN)}
        keyOf={(one) => one.name}
        empty={t('queue.empty')}
        columns={[
          { head: t('guards.switch'), kind: 'main-cell', cell: (one) => <Switch of={one.name} /> },
          {
            head: t('payment.status'),
            cell: (one) => (
              <Badge tone={one.isStopped ? 'bad' : 'good'}>{t(one.isStopped ? 'guards.stopped' : 'guards.open')}</Badge>
            ),
          },
          { head: t('queue.why'), kind: 'wide', cell: (one) => <Said isAnybodys>{one.reason ?? ''}</Said> },
          {
            head: t('guards.changed'),
            cell: (one) => (
              <span className="small soft">
                {one.changedBy} <When at={one.changedAt} />
              </span>
            ),
          },
          { head: t('queue.next'), cell: (one) => <Throw of={one} isSmall /> },
        ]}
      />
      {sorted.length > MOST_SHOWN && <p className="empty">{t('guards.more', { count: sorted.length - MOST_SHOWN })}</p>}
    </Panel>
  );
}
