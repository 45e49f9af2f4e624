import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { signOut } from '../api/session.ts';
import icon from '../icon.svg';
import { Acts } from '../parts/act.tsx';
import { useWords } from '../words/use.tsx';
import { Choices } from './choices.tsx';
import { useWho } from './entry.tsx';
import { PLACES } from './places.ts';
import { useKeys } from './use-keys.ts';

const SOON_MS = 2_000;
const loadSearch = () => import('./search.tsx');
const Search = lazy(loadSearch);
const KeysHelp = lazy(() => import('./keys-help.tsx'));

/** Navigation, search, and the page. */
export function Frame() {
  const { t, name } = useWords();
  const who = useWho();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [open, setOpen] = useState<'search' | 'help' | 'menu' | null>(null);
  const main = useRef<HTMLElement>(null);
  useKeys({
    onSearch: () => setOpen('search'),
    onHelp: () => setOpen('help'),
    onGo: (to) => void navigate({ to }),
  });

  // Whoever presses / types on at once; the page that was asked for comes first.
  useEffect(() => {
    const later = setTimeout(() => void loadSearch(), SOON_MS);
    return () => clearTimeout(later);
  }, []);

  // A page that was gone to is told by its heading, and the keyboard goes on from there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each change of the page
  useEffect(() => {
    setOpen(null);
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [pathname]);
  useEffect(() => {
    if (open !== 'menu') return;
    const press = ({ key }: KeyboardEvent) => key === 'Escape' && setOpen(null);
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [open]);
  useEffect(() => {
    const place = PLACES.find(({ to }) => to === pathname || (to !== '/' && pathname.startsWith(to)));
    document.title = `${place ? t(place.words) : ''} · Kustodia`;
  }, [pathname, t]);

  return (
    <div className="frame">
      <a href="#main" className="skip">
        {t('nav.skip')}
      </a>
      <aside className={`side ${open === 'menu' ? 'open' : ''}`}>
        <Link to="/" className="brand">
          <img src={icon} alt="" />
          Kustodia
        </Link>
        <nav className="nav" aria-label={t('nav.label')}>
          <ul>
            {PLACES.map((place) => (
              <li key={place.to} className={'isApart' in place ? 'apart' : undefined}>
                <Link
                  to={place.to}
                  activeOptions={{ exact: place.to === '/', includeSearch: false }}
                  onClick={() => setOpen(null)}
                >
                  {t(place.words)}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="who">
          <div>
            <div className="name">{who.name}</div>
            <div className="soft small">{name('role', who.role)}</div>
          </div>
          <Choices />
          <button type="button" className="button small" onClick={() => void signOut()}>
            {t('leave')}
          </button>
        </div>
      </aside>
      <div>
        <header className="top">
          <button
            type="button"
            className="button menu-button"
            aria-expanded={open === 'menu'}
            aria-label={t('nav.menu')}
            onClick={() => setOpen(open === 'menu' ? null : 'menu')}
          >
            ☰
          </button>
          <button type="button" className="find" onClick={() => setOpen('search')}>
            <span>{t('search.open')}</span>
            <kbd>/</kbd>
          </button>
          <span className={`world ${who.environment}`}>{name('environment', who.environment)}</span>
        </header>
        <main id="main" ref={main} tabIndex={-1}>
          <Suspense fallback={<p className="empty">{t('loading')}</p>}>
            <Acts>
              <Outlet />
            </Acts>
          </Suspense>
        </main>
      </div>
      {open === 'menu' && (
        <button type="button" className="veil" aria-label={t('close')} onClick={() => setOpen(null)} />
      )}
      <Suspense>
        {open === 'search' && <Search onClose={() => setOpen(null)} />}
        {open === 'help' && <KeysHelp onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  );
}
