import { dayOnly, hourOnly } from '../../look/format.ts';
import { Panel } from '../../parts/basic.tsx';
import { Figure } from '../../parts/figure/figure.tsx';
import { useWords } from '../../words/use.tsx';
import type { OverviewShown } from '../overview.tsx';

/** Two bars an hour: payments asked for, and legs completed. */
export function Hours({ hours }: { hours: OverviewShown['hours'] }) {
  const { t, locale } = useWords();
  return (
    <Panel title={t('overview.day')}>
      <Figure
        title={t('overview.day')}
        unit={t('overview.hour')}
        kind="beside"
        series={[
          { key: 'made', name: t('overview.created') },
          { key: 'done', name: t('overview.completed') },
        ]}
        columns={hours.map(({ from, created, completed }) => ({
          key: from,
          tick: hourOnly(from, locale),
          label: `${dayOnly(from, locale)}, ${hourOnly(from, locale)}`,
          values: [created, completed],
        }))}
      />
    </Panel>
  );
}
