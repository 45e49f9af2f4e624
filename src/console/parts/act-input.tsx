import { useEffect, useId, useRef, useState } from 'react';
import { useWords } from '../words/use.tsx';
import { type ActField, blank, rowsOf, type Values, type Wrongs } from './act-field.ts';
import { Choice, Field, TextField } from './field.tsx';
import { PersonField } from './person-field.tsx';

type InputParameters = Readonly<{
  field: ActField;
  value: string;
  onChange: (value: string) => void;
  wrongs: Wrongs;
  /** What stands before its name where it is one of a row. */
  before?: string;
}>;

/** One field, of whatever kind it is. */
export function ActInput({ field, value, onChange, wrongs, before = '' }: InputParameters) {
  const { label, hint, options, isLong, isMoney, isPerson, rows, files } = field;
  if (rows) return <Rows {...{ label, value, onChange, wrongs }} {...rows} name={field.name} />;
  if (files) return <Files label={label} {...files} {...{ value, onChange }} />;
  const wrong = wrongs.get(`${before}${field.name}`);
  if (options) return <Choice {...{ label, hint, wrong, value, options, onChange }} />;
  if (isPerson) return <PersonField {...{ label, hint, wrong, value, onChange }} />;
  return (
    <TextField
      {...{ label, hint, wrong, value, onChange, isRequired: !field.isOptional }}
      {...(isLong && { long: true })}
      {...(isMoney && { isNumber: true })}
    />
  );
}

const written = (rows: readonly Values[]): string => (rows.length === 0 ? '' : JSON.stringify(rows));

type Kept = Readonly<{ label: string; value: string; onChange: (value: string) => void }>;
type RowsParameters = Kept & NonNullable<ActField['rows']> & Readonly<{ name: string; wrongs: Wrongs }>;

/** A group of fields for each; the first is only there once somebody adds it. */
function Rows({ label, add, most, fields, value, onChange, name, wrongs }: RowsParameters) {
  const { t } = useWords();
  const rows = rowsOf(value);
  const all = useRef<HTMLDivElement>(null);
  const [goTo, setGoTo] = useState<number | null>(null);
  const put = (at: number, of: string) => (text: string) =>
    onChange(written(rows.map((row, i) => (i === at ? { ...row, [of]: text } : row))));
  // Whoever added a row goes on in it; whoever took one away goes on where it was.
  useEffect(() => {
    if (goTo === null) return;
    const row = all.current?.querySelectorAll('fieldset')[goTo];
    (row ?? all.current)?.querySelector<HTMLElement>(row ? 'input, select' : ':scope > button')?.focus();
    setGoTo(null);
  }, [goTo]);
  return (
    <div className="rows" ref={all}>
      {rows.map((row, at) => (
        // A row is known by its place alone.
        // biome-ignore lint/suspicious/noArrayIndexKey: there is no other name
        <fieldset key={`${rows.length} ${at}`}>
          <legend>
            {label} {at + 1}
          </legend>
          {fields.map((one) => (
            <ActInput
              key={one.name}
              {...{ field: one, wrongs, before: `${name}.${at}.` }}
              value={row[one.name] ?? ''}
              onChange={put(at, one.name)}
            />
          ))}
          <button
            type="button"
            className="button small"
            onClick={() => {
              onChange(written(rows.filter((_, i) => i !== at)));
              setGoTo(Math.min(at, rows.length - 2));
            }}
          >
            {t('rows.remove', { what: `${label} ${at + 1}` })}
          </button>
        </fieldset>
      ))}
      {rows.length < most && (
        <button
          type="button"
          className="button small"
          onClick={() => {
            onChange(written([...rows, blank(fields)]));
            setGoTo(rows.length);
          }}
        >
          {add}
        </button>
      )}
    </div>
  );
}

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Files are digested where they are: their names and digests are all that is kept. */
function Files({ label, most, value, onChange }: Kept & NonNullable<ActField['files']>) {
  const { t } = useWords();
  const [isReading, setReading] = useState(false);
  const listId = useId();
  const files = rowsOf(value);
  const take = async (chosen: FileList | null) => {
    setReading(true);
    const added = await Promise.all(
      [...(chosen ?? [])].map(async (file) => ({
        name: file.name,
        sha256: hex(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())),
      })),
    );
    setReading(false);
    onChange(written([...files, ...added]));
  };
  return (
    <Field label={label} hint={t('files.hint', { most })}>
      {(control) => (
        <>
          <input
            {...{ ...control, type: 'file', multiple: true }}
            aria-describedby={`${control['aria-describedby'] ?? ''} ${listId}`}
            onChange={({ target }) => {
              void take(target.files).finally(() => {
                target.value = '';
              });
            }}
          />
          <ul id={listId} className="stack small" style={{ gap: '0.3rem' }}>
            {isReading && <li role="status">{t('loading')}</li>}
            {files.map(({ name = '', sha256 = '' }, at) => (
              <li key={`${sha256} ${name}`} className="pair">
                {name} <span className="mono soft">{sha256.slice(0, 12)}…</span>
                <button
                  type="button"
                  className="button small"
                  onClick={() => onChange(written(files.filter((_, i) => i !== at)))}
                >
                  {t('rows.remove', { what: name })}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Field>
  );
}
