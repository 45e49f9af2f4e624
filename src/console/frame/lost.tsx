import { Link } from '@tanstack/react-router';
import { Head } from '../parts/basic.tsx';
import { useWords } from '../words/use.tsx';

export function Lost() {
  const { t } = useWords();
  return (
    <div className="stack">
      <Head title={t('lost.title')} about={t('lost.about')} />
      <p>
        <Link to="/">{t('nav.overview')}</Link>
      </p>
    </div>
  );
}
