import { Combobox, ComboboxItem, ComboboxList, ComboboxProvider } from '@ariakit/react/combobox';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { GET_USER, LIST_USERS } from '../../reactor/http/routes/users.ts';
import { ask } from '../api/client.ts';
import { useWords } from '../words/use.tsx';
import type { Wrong } from './act-field.ts';
import { Field } from './field.tsx';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const FEW = 8;
/** Fewer letters name nobody: then the newest are shown. */
export const LEAST = 3;

type PersonParameters = Readonly<{
  label: string;
  hint?: string | undefined;
  wrong?: Wrong | undefined;
  /** The id of whoever is chosen. */
  value: string;
  onChange: (id: string) => void;
}>;

/** Somebody, looked for by name, e-mail, the end of their CLABE or their id; what is sent is the id. */
export function PersonField({ label, hint, wrong, value, onChange }: PersonParameters) {
  const { t } = useWords();
  const [written, setWritten] = useState('');
  const [isOpen, setOpen] = useState(false);
  const chosen = useQuery({
    ...ask(GET_USER, { parameters: { id: value } }),
    ...{ enabled: ID.test(value), staleTime: 60_000 },
  });
  const sought = useDeferredValue(written.trim());
  const q = sought.length < LEAST ? '' : sought;
  const found = useQuery({
    ...ask(LIST_USERS, { query: { limit: FEW, ...(q && { q }) } }),
    // Whoever is marked stays so while the next letter is looked up: Enter takes them.
    ...{ enabled: isOpen, placeholderData: keepPreviousData },
  });
  const users = found.data?.users ?? [];
  const isNamed = chosen.data !== undefined && (written === '' || written === value);
  const write = (text: string) => {
    setWritten(text);
    setOpen(true);
    onChange(ID.test(text.trim()) ? text.trim().toLowerCase() : '');
  };
  return (
    <Field label={label} hint={hint ?? t('person.hint')} wrong={wrong}>
      {(control) => (
        <div className="picker">
          <ComboboxProvider
            value={isNamed ? chosen.data.fullName : written}
            setValue={write}
            open={isOpen}
            setOpen={setOpen}
          >
            <Combobox
              {...control}
              aria-required
              autoSelect
              autoComplete="none"
              onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
              onBlur={() => setOpen(false)}
            />
            <ComboboxList className="found" aria-label={t('people.list')} hidden={!isOpen || users.length === 0}>
              {users.map((one) => (
                <ComboboxItem
                  key={one.id}
                  value={one.fullName}
                  setValueOnClick={false}
                  // The field keeps the focus: a list that goes as it loses it could not be clicked.
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => {
                    setWritten('');
                    setOpen(false);
                    onChange(one.id);
                  }}
                >
                  <strong>{one.fullName}</strong> <span className="soft small">{one.email}</span>
                </ComboboxItem>
              ))}
            </ComboboxList>
          </ComboboxProvider>
          <span className="soft small" role="status">
            {isNamed
              ? chosen.data.email
              : isOpen && q !== '' && found.isSuccess && !found.isPlaceholderData && users.length === 0
                ? t('person.none')
                : ''}
          </span>
        </div>
      )}
    </Field>
  );
}
