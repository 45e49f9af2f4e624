import { Combobox, ComboboxItem, ComboboxList, ComboboxProvider } from '@ariakit/react/combobox';
import { Dialog } from '@ariakit/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { SEARCH } from '../../reactor/http/routes/search.ts';
import { ask } from '../api/client.ts';
import { Failure } from '../parts/asked.tsx';
import { Money, Status } from '../parts/basic.tsx';
import { useWords } from '../words/use.tsx';

/** Finds a payment by anything that is known of it. */
export default function Search({ onClose }: { onClose: () => void }) {
  const { t, name } = useWords();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const search = useQuery({ ...ask(SEARCH, { query: { q } }), enabled: q !== '' });
  // Of what is written now alone: Enter must not open what an earlier letter found.
  const found = q === '' || q !== text.trim() ? [] : (search.data?.found ?? []);
  const go = (number: number) => {
    onClose();
    void navigate({ to: '/payments/$id', params: { id: String(number) } });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      className="dialog high"
      backdrop={<div className="veil" />}
      aria-label={t('search.open')}
    >
      <ComboboxProvider value={text} setValue={setText} open includesBaseElement={false}>
        <Combobox
          className="find-input"
          placeholder={t('search.by')}
          aria-label={t('search.by')}
          autoSelect="always"
          onKeyDown={(event) => event.key === 'Escape' && onClose()}
        />
        {search.isError && <Failure error={search.error} />}
        <ComboboxList className="found" alwaysVisible>
          {found.map(({ by, payment }) => (
            <ComboboxItem
              key={payment.id}
              value={`#${payment.number}`}
              setValueOnClick={false}
              onClick={() => go(payment.number)}
            >
              <strong className="number">#{payment.number}</strong>
              <span className="clip">{payment.concept}</span>
              <Status of={payment.status} />
              <Money of={payment.deposit} />
              <span className="soft small">{name('found', by)}</span>
            </ComboboxItem>
          ))}
        </ComboboxList>
        <p className="empty" role="status" hidden={found.length > 0}>
          {t(q === '' ? 'search.hint' : search.isFetching ? 'loading' : 'search.none')}
        </p>
      </ComboboxProvider>
    </Dialog>
  );
}
