import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import type { Command, Question } from '../../reactor/http/routes/declare.ts';
import { call, command } from '../api/client.ts';
import { useWords } from '../words/use.tsx';
import { type ActField, blank, type Values } from './act-field.ts';
import { ActInput } from './act-input.tsx';
import { Failure } from './asked.tsx';
import { Window } from './dialog.tsx';
import { TextField } from './field.tsx';
import { Plan } from './plan.tsx';

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
  /** Where what was made is seen. */
  doneOf?: (answer: unknown, close: () => void) => ReactNode;
  fields?: readonly ActField[];
  /** What is sent, of what was filled in; the reason comes by itself unless it has another name. */
  bodyOf?: (values: Values) => object;
  reasonName?: string;
  /** A word that has to be typed before it is done: it asks twice. */
  word?: string;
}>;

/** Fill in, look at what it would do, do it. A repeat after a lost answer is done once. */
export default function ActWindow(act: ActParameters & { onClose: () => void }) {
  const { label, title, about, route, fields: given = [], isDanger = false, word, onClose } = act;
  const { parameters: fixed = {}, parametersOf, previewBy, doneOf } = act;
  const { bodyOf = (values: Values) => values, reasonName = 'reason' } = act;
  const { t } = useWords();
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
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const first = choices.data?.[0]?.[0] ?? '';
  // What is chosen as long as nobody chose otherwise: written down once, so that it stays what was seen.
  useEffect(() => {
    if (asking) setValues((known) => (first === '' || known[asking.name] ? known : { ...known, [asking.name]: first }));
  }, [asking, first]);
  const filled = Object.fromEntries(
    Object.entries(values).filter(([name, value]) => value !== '' || !fields.find((f) => f.name === name)?.isOptional),
  );
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
  const change = (name: string) => (value: string) => {
    setValues({ ...values, [name]: value });
    plan.reset();
    work.reset();
  };
  // Nothing is done but what was looked at, to the letter.
  const isSeen = plan.isSuccess && JSON.stringify(plan.variables) === JSON.stringify(asked);
  const isPlanned = (!route.plan && !previewBy) || isSeen;
  const isReady = isPlanned && (word === undefined || typed.trim().toLowerCase() === word.toLowerCase());

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isPlanned) plan.mutate(asked);
    else if (isReady) work.mutate(asked);
  };

  if (work.isSuccess)
    return (
      <Window title={title} onClose={onClose}>
        <div className="note good" role="status">
          <strong>{t('act.done')}</strong>
          {isProposal(work.data) && <p>{t('act.second')}</p>}
        </div>
        <Plan of={work.data} />
        {doneOf && <p>{doneOf(work.data, onClose)}</p>}
        <footer>
          <button type="button" className="button main" onClick={onClose}>
            {t('close')}
          </button>
        </footer>
      </Window>
    );
  return (
    <Window title={title} onClose={onClose} isKept>
      <form onSubmit={submit}>
        {about && <p className="soft">{about}</p>}
        {act.shows}
        {fields.map((one) => (
          <ActInput key={one.name} field={one} value={values[one.name] ?? ''} onChange={change(one.name)} />
        ))}
        <TextField
          label={t('act.reason')}
          hint={t('act.reason.hint')}
          value={reason}
          onChange={(value) => {
            setReason(value);
            plan.reset();
          }}
        />
        {choices.data?.length === 0 && <p className="note warn">{t('act.nochoice')}</p>}
        {plan.isError && <Failure error={plan.error} />}
        {isSeen && (
          <div className={`note ${isDanger ? 'warn' : 'wait'}`} role="status">
            <strong>{t('act.would')}</strong>
            <Plan of={plan.data} />
          </div>
        )}
        {isPlanned && word !== undefined && (
          <TextField label={t('act.type', { word })} value={typed} onChange={setTyped} />
        )}
        {work.isError && <Failure error={work.error} />}
        <footer>
          <button type="button" className="button" onClick={onClose}>
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

const isProposal = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  (('proposal' in answer && answer.proposal !== null) || ('needs' in answer && answer.needs !== null));
