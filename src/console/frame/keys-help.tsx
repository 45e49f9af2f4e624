import { Facts } from '../parts/basic.tsx';
import { Window } from '../parts/dialog.tsx';
import { useWords } from '../words/use.tsx';
import { PLACES } from './places.ts';

export default function KeysHelp({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  return (
    <Window title={t('keys.title')} onClose={onClose}>
      <Facts
        rows={[
          [t('search.open'), <kbd key="/">/</kbd>],
          ...PLACES.map(
            ({ letter, words }) =>
              [
                t(words),
                <span key={letter}>
                  <kbd>g</kbd> <kbd>{letter}</kbd>
                </span>,
              ] as const,
          ),
          [t('keys.help'), <kbd key="?">?</kbd>],
        ]}
      />
    </Window>
  );
}
