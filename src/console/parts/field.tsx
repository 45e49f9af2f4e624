import { type ReactNode, useId } from 'react';

type FieldParameters = Readonly<{ label: string; hint?: string; children: (id: string, hintId: string) => ReactNode }>;

export function Field({ label, hint, children }: FieldParameters) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, `${id}-hint`)}
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}

type TextParameters = Readonly<{
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  long?: boolean;
  isRequired?: boolean;
  type?: 'text' | 'date' | 'password';
}>;
export const TextField = ({ label, hint, value, onChange, long, isRequired, type = 'text' }: TextParameters) => (
  <Field label={label} {...(hint && { hint })}>
    {(id, hintId) =>
      long ? (
        <textarea
          {...{ id, value }}
          required={isRequired}
          aria-describedby={hintId}
          onChange={(e) => onChange(e.target.value)}
        />
      ) : (
        <input
          {...{ id, type, value }}
          required={isRequired}
          aria-describedby={hintId}
          autoComplete="off"
          onChange={(e) => onChange(e.target.value)}
        />
      )
    }
  </Field>
);

type ChoiceParameters<T extends string> = Readonly<{
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}>;
export const Choice = <T extends string>({ label, value, options, onChange }: ChoiceParameters<T>) => (
  <Field label={label}>
    {(id) => (
      <select id={id} value={value} onChange={(e) => onChange(e.target.value as T)}>
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    )}
  </Field>
);
