import { Combobox, ComboboxItem, ComboboxList, ComboboxProvider } from '@ariakit/react/combobox';
import { Dialog } from '@ariakit/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import { SEARCH } from '../../reactor/http/routes/search.ts';
import { ask } from '../api/client.ts';
import { Failure } from '../parts/asked.tsx';
import { Money, Status } from '../parts/basic.tsx';
import { useWords } from '../words/use.tsx';

const NOTHING: AnswerOf<typeof SEARCH> = { found: [], suspense: [], people: [] };

/** Finds payments, deposits in suspense and people by anything that is known of them. */
export default function Search({ onClose }: { onClose: () => void }) {
  const { t, name } = useWords();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const search = useQuery({ ...ask(SEARCH, { query: { q } }), enabled: q !== '' });
  // Of what is written now alone: Enter must not open what an earlier letter found.
  const { found, suspense, people } = (q !== '' && q === text.trim() && search.data) || NOTHING;
  const go = (leave: () => Promise<void>) => {
    onClose();
    void leave();
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
              onClick={() => go(() => navigate({ to: '/payments/$id', params: { id: String(payment.number) } }))}
            >
              <strong className="number">#{payment.number}</strong>
              <span className="clip">{payment.concept}</span>
              <Status of={payment.status} />
              <Money of={payment.deposit} />
              <span className="soft small">{name('found', by)}</span>
            </ComboboxItem>
          ))}
          {suspense.map(({ id, amount, depositClabe, by }) => (
            <ComboboxItem
              key={id}
              value={id}
              setValueOnClick={false}
              onClick={() => go(() => navigate({ to: '/queues', search: { queue: 'suspense' } }))}
            >
              <strong>{name('queue', 'suspense')}</strong>
              <span className="clip number">{depositClabe}</span>
              <Money of={amount} />
              <span className="soft small">{name('found', by)}</span>
            </ComboboxItem>
          ))}
          {people.map(({ id, fullName, email }) => (
            <ComboboxItem
              key={id}
              value={id}
              setValueOnClick={false}
              onClick={() => go(() => navigate({ to: '/users/$id', params: { id } }))}
            >
              <strong>{fullName}</strong>
              <span className="clip soft">{email}</span>
              <span className="soft small">{t('found.person')}</span>
            </ComboboxItem>
          ))}
        </ComboboxList>
        <p className="empty" role="status" hidden={found.length + suspense.length + people.length > 0}>
          {t(q === '' ? 'search.hint' : search.isFetching ? 'loading' : 'search.none')}
        </p>
      </ComboboxProvider>
    </Dialog>
  );
}
