import { type ReactNode, useId } from 'react';
import type { Wrong } from './act-field.ts';

/** What a control has of its field: its name, what tells more of it, and whether something is wrong with it. */
export type Control = Readonly<{
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}>;
type Told = Readonly<{ label: string; hint?: string | undefined; wrong?: Wrong | undefined }>;
type FieldParameters = Told & Readonly<{ children: (control: Control) => ReactNode }>;

/** A control with its label, its hint, and what is wrong with what is in it. */
export function Field({ label, hint, wrong, children }: FieldParameters) {
  const id = useId();
  const [hintId, wrongId] = [`${id}-hint`, `${id}-wrong`];
  const told = [...(wrong ? [wrongId] : []), ...(hint ? [hintId] : [])].join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': told || undefined, 'aria-invalid': wrong ? true : undefined })}
      {wrong && (
        <span className="wrong" id={wrongId}>
          {wrong.isQuoted ? <q lang="en">{wrong.message}</q> : wrong.message}
        </span>
      )}
      {hint && (
        <span className="hint" id={hintId}>
          {hint}
        </span>
      )}
    </div>
  );
}

type TextParameters = Told &
  Readonly<{
    value: string;
    onChange: (value: string) => void;
    long?: boolean;
    isRequired?: boolean;
    /** Of what is typed in figures: a phone shows those. */
    isNumber?: boolean;
    type?: 'text' | 'date' | 'password';
  }>;
export const TextField = ({ value, onChange, long, isRequired, isNumber, type = 'text', ...told }: TextParameters) => (
  <Field {...told}>
    {(control) =>
      long ? (
        <textarea {...{ ...control, value }} aria-required={isRequired} onChange={(e) => onChange(e.target.value)} />
      ) : (
        <input
          {...{ ...control, type, value }}
          aria-required={isRequired}
          inputMode={isNumber ? 'decimal' : undefined}
          autoComplete="off"
          onChange={(e) => onChange(e.target.value)}
        />
      )
    }
  </Field>
);

type ChoiceParameters<T extends string> = Told &
  Readonly<{
    value: T;
    options: readonly (readonly [T, string])[];
    onChange: (value: T) => void;
  }>;
export const Choice = <T extends string>({ value, options, onChange, ...told }: ChoiceParameters<T>) => (
  <Field {...told}>
    {(control) => (
      <select {...control} value={value} onChange={(e) => onChange(e.target.value as T)}>
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    )}
  </Field>
);
