import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Command, Question } from '../../reactor/http/routes/declare.ts';
import { call, command } from '../api/client.ts';
import { useWords } from '../words/use.tsx';
import { useProblems } from '../words/use-told.ts';
import { type ActField, blank, boundTo, missingOf, sentOf, type Values } from './act-field.ts';
import { ActInput } from './act-input.tsx';
import { Failure, refusedIn } from './asked.tsx';
import { Window } from './dialog.tsx';
import { TextField } from './field.tsx';
import { Plan, Planned } from './plan.tsx';
import { isProposed } from './proposed.ts';

export type ActParameters = Readonly<{
  label: string;
  title: string;
  about?: string;
  /** What it is about, where that is known before anything is filled in. */
  shows?: ReactNode;
  isDanger?: boolean;
  isSmall?: boolean;
  route: Command;
  parameters?: Readonly<Record<string, string>>;
  /** Where what was chosen stands in the path. */
  parametersOf?: (values: Values) => Readonly<Record<string, string>>;
  /** Of a command that cannot be only checked: the question that tells what it would do. */
  previewBy?: Question;
  /** The preview as people read it, where its fields alone do not say enough. */
  planOf?: (plan: unknown, values: Values) => ReactNode;
  /** Where what was made is seen. */
  doneOf?: (answer: unknown, close: () => void) => ReactNode;
  fields?: readonly ActField[];
  /** What is sent, of what was filled in; the reason comes by itself unless it has another name. */
  bodyOf?: (values: Values) => object;
  reasonName?: string;
  /** A word that has to be typed before it is done: it asks twice. */
  word?: string;
}>;

/** What no field is named. */
const REASON = ' reason';

/** Fill in, look at what it would do, do it. A repeat after a lost answer is done once. */
export default function ActWindow(act: ActParameters & { onClose: () => void }) {
  const { label, title, about, route, fields: given = [], isDanger = false, word, onClose } = act;
  const { parameters: fixed = {}, parametersOf, previewBy, planOf, doneOf } = act;
  const { bodyOf = (values: Values) => values, reasonName = 'reason' } = act;
  const { t } = useWords();
  const tell = useProblems();
  const form = useRef<HTMLFormElement>(null);
  const seen = useRef<HTMLDivElement>(null);
  const asking = given.find(({ choices }) => choices);
  const choices = useQuery({
    queryKey: ['choices', route.id, fixed, asking?.name],
    queryFn: () => asking?.choices?.() ?? [],
    enabled: asking !== undefined,
    // As they were when the window opened, as long as it is open.
    ...{ staleTime: Number.POSITIVE_INFINITY, gcTime: 0 },
  });
  const fields = given.map((one) => (one === asking ? { ...one, options: choices.data ?? [] } : one));
  const [values, setValues] = useState<Values>(() => blank(fields));
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [missing, setMissing] = useState<readonly string[]>([]);
  const [isLeaving, setLeaving] = useState(false);
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const first = choices.data?.[0]?.[0] ?? '';
  // What is chosen as long as nobody chose otherwise: written down once, so that it stays what was seen.
  useEffect(() => {
    if (asking) setValues((known) => (first === '' || known[asking.name] ? known : { ...known, [asking.name]: first }));
  }, [asking, first]);
  const filled = sentOf(fields, values);
  const parameters = { ...fixed, ...parametersOf?.(filled) };
  // The compiler knows the body of each route, not of whichever it is.
  const asked: object = { parameters, body: { ...bodyOf(filled), [reasonName]: reason } };
  const plan = useMutation({
    mutationFn: (what: object): Promise<unknown> =>
      previewBy ? call<Question>(previewBy, what as never) : call<Command>(route, { ...what, dryRun: true } as never),
  });
  const work = useMutation({
    mutationFn: (what: object) => command<Command>(route, { ...what, idempotencyKey } as never),
  });
  const changed = (name: string) => {
    setMissing(missing.filter((one) => !one.startsWith(name)));
    plan.reset();
    work.reset();
  };
  const change = (name: string) => (value: string) => {
    setValues({ ...values, [name]: value });
    changed(name);
  };
  // Nothing is done but what was looked at, to the letter.
  const isSeen = plan.isSuccess && JSON.stringify(plan.variables) === JSON.stringify(asked);
  const isPlanned = (!route.plan && !previewBy) || isSeen;
  const isReady = isPlanned && (word === undefined || typed.trim().toLowerCase() === word.toLowerCase());
  const error = plan.error ?? work.error;
  const { wrongs, rest } = boundTo(
    [...fields, { name: REASON, label: '', at: [reasonName] }],
    [
      ...missing.map((field) => ({ field, message: t('field.missing'), isQuoted: false })),
      ...(error ? refusedIn(error, tell) : []),
    ],
  );

  // Whoever is told that something is wrong is at it.
  const isWrong = wrongs.size > 0;
  useEffect(() => {
    if (isWrong) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [isWrong]);

  useEffect(() => {
    if (isSeen) seen.current?.scrollIntoView({ block: 'nearest' });
  }, [isSeen]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const empty = missingOf(fields, values);
    setMissing(empty);
    if (empty.length > 0) return;
    if (!isPlanned) plan.mutate(asked);
    else if (isReady) work.mutate(asked);
  };
  const before = blank(fields);
  const isFilled =
    reason !== '' || fields.some((one) => one !== asking && (values[one.name] ?? '') !== (before[one.name] ?? ''));
  const leave = () => (isFilled ? setLeaving(true) : onClose());

  if (work.isSuccess)
    return (
      <Window title={title} onClose={onClose}>
        {isProposed(route, work.data) ? (
          <div className="note wait" role="status">
            <strong>{t('act.proposed')}</strong>
            <p>{t('act.second')}</p>
          </div>
        ) : (
          <div className="note good" role="status">
            <strong>{t('act.done')}</strong>
          </div>
        )}
        <Plan of={work.data} />
        {doneOf && <p>{doneOf(work.data, onClose)}</p>}
        <footer>
          {/* biome-ignore lint/a11y/noAutofocus: what had the focus is gone, and this is what there is left to do */}
          <button type="button" className="button main" onClick={onClose} autoFocus>
            {t('close')}
          </button>
        </footer>
      </Window>
    );
  return (
    <Window title={title} onClose={leave} isKept>
      {isLeaving && <Leaving onStay={() => setLeaving(false)} onLeave={onClose} />}
      <form ref={form} onSubmit={submit} noValidate>
        {about && <p className="soft">{about}</p>}
        {act.shows}
        {fields.map((one) => (
          <ActInput
            key={one.name}
            {...{ field: one, wrongs }}
            value={values[one.name] ?? ''}
            onChange={change(one.name)}
          />
        ))}
        <TextField
          {...{ label: t('act.reason'), hint: t('act.reason.hint'), wrong: wrongs.get(REASON), value: reason }}
          onChange={(value) => {
            setReason(value);
            changed(REASON);
          }}
        />
        {choices.data?.length === 0 && <p className="note warn">{asking?.none ?? t('act.nochoice')}</p>}
        {plan.isError && <Failure error={plan.error} refused={rest} />}
        {isSeen && (
          <div ref={seen} className={`note ${isDanger ? 'warn' : 'wait'}`} role="status">
            <strong>{t('act.would')}</strong>
            {planOf ? planOf(plan.data, filled) : <Planned of={plan.data} />}
          </div>
        )}
        {isPlanned && word !== undefined && (
          <TextField label={t('act.type', { word })} value={typed} onChange={setTyped} />
        )}
        {work.isError && <Failure error={work.error} refused={rest} />}
        <footer>
          <button type="button" className="button" onClick={leave}>
            {t('cancel')}
          </button>
          <button
            type="submit"
            className={`button main ${isDanger && isPlanned ? 'danger' : ''}`}
            disabled={plan.isPending || work.isPending || (asking && choices.isPending) || (isPlanned && !isReady)}
          >
            {plan.isPending || work.isPending ? t('loading') : isPlanned ? label : t('act.preview')}
          </button>
        </footer>
      </form>
    </Window>
  );
}

/** Whether what was filled in may go. */
function Leaving({ onStay, onLeave }: Readonly<{ onStay: () => void; onLeave: () => void }>) {
  const { t } = useWords();
  return (
    <Window title={t('act.leave')} onClose={onStay} isAlert isKept>
      <p>{t('act.leave.about')}</p>
      <footer>
        <button type="button" className="button danger" onClick={onLeave}>
          {t('act.leave.do')}
        </button>
        <button type="button" className="button main" onClick={onStay}>
          {t('act.leave.stay')}
        </button>
      </footer>
    </Window>
  );
}
