import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { signIn } from '../api/session.ts';
import icon from '../icon.svg';
import { Failure } from '../parts/asked.tsx';
import { TextField } from '../parts/field.tsx';
import { useWords } from '../words/use.tsx';
import { Choices } from './choices.tsx';

export function SignIn() {
  const { t } = useWords();
  const [key, setKey] = useState('');
  const entering = useMutation({ mutationFn: () => signIn(key) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    entering.mutate();
  };
  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <div className="brand" style={{ padding: 0 }}>
          <img src={icon} alt="" />
          Kustodia
        </div>
        <h1>{t('enter.title')}</h1>
        <TextField label={t('enter.key')} hint={t('enter.hint')} type="password" value={key} onChange={setKey} />
        {entering.isError && <Failure error={entering.error} />}
        <button type="submit" className="button main" disabled={key.trim() === '' || entering.isPending}>
          {t(entering.isPending ? 'loading' : 'enter.do')}
        </button>
        <Choices />
      </form>
    </main>
  );
}
