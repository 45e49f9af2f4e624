import { useId, useState } from 'react';
import { useWords } from '../words/use.tsx';
import { type ActField, blank, rowsOf, type Values } from './act-field.ts';
import { Choice, Field, TextField } from './field.tsx';

type InputParameters = Readonly<{ field: ActField; value: string; onChange: (value: string) => void }>;

/** One field, of whatever kind it is. */
export function ActInput({ field, value, onChange }: InputParameters) {
  const { label, hint, options, isLong, rows, files } = field;
  if (rows) return <Rows label={label} {...rows} {...{ value, onChange }} />;
  if (files) return <Files label={label} {...files} {...{ value, onChange }} />;
  if (options) return <Choice {...{ label, value, options, onChange }} />;
  // What is not there is refused here, before anybody takes it for something.
  return (
    <TextField
      {...{ label, value, onChange, isRequired: !field.isOptional }}
      {...(hint && { hint })}
      {...(isLong && { long: true })}
    />
  );
}

const written = (rows: readonly Values[]): string => (rows.length === 0 ? '' : JSON.stringify(rows));

type Kept = Readonly<{ label: string; value: string; onChange: (value: string) => void }>;

/** A group of fields for each; the first is only there once somebody adds it. */
function Rows({ label, add, most, fields, value, onChange }: Kept & NonNullable<ActField['rows']>) {
  const { t } = useWords();
  const rows = rowsOf(value);
  const put = (at: number, name: string) => (text: string) =>
    onChange(written(rows.map((row, i) => (i === at ? { ...row, [name]: text } : row))));
  return (
    <div className="rows">
      {rows.map((row, at) => (
        // A row is known by its place alone.
        // biome-ignore lint/suspicious/noArrayIndexKey: there is no other name
        <fieldset key={at}>
          <legend>
            {label} {at + 1}
          </legend>
          {fields.map((one) => (
            <ActInput key={one.name} field={one} value={row[one.name] ?? ''} onChange={put(at, one.name)} />
          ))}
          <button
            type="button"
            className="button small"
            onClick={() => onChange(written(rows.filter((_, i) => i !== at)))}
          >
            {t('rows.remove', { what: `${label} ${at + 1}` })}
          </button>
        </fieldset>
      ))}
      {rows.length < most && (
        <button type="button" className="button small" onClick={() => onChange(written([...rows, blank(fields)]))}>
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
      {(id, hintId) => (
        <>
          <input
            {...{ id, type: 'file', multiple: true }}
            aria-describedby={`${hintId} ${listId}`}
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
