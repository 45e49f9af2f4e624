import { count } from '../../look/format.ts';
import { useWords } from '../../words/use.tsx';
import type { OverviewShown } from '../overview.tsx';

const [WIDTH, HEIGHT, BASE, TOP] = [600, 150, 128, 14];

/** Two bars an hour: payments asked for, and legs completed. The same is a table for whoever reads no picture. */
export function Hours({ hours }: { hours: OverviewShown['hours'] }) {
  const { t, locale } = useWords();
  const most = Math.max(1, ...hours.flatMap(({ created, completed }) => [created, completed]));
  const step = WIDTH / Math.max(1, hours.length);
  const height = (n: number) => (n / most) * (BASE - TOP);
  const hourOf = (from: string) =>
    new Intl.DateTimeFormat(locale, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone: 'America/Mexico_City',
    }).format(new Date(from));
  return (
    <figure>
      <svg className="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <line x1="0" x2={WIDTH} y1={BASE} y2={BASE} />
        <text x="0" y="10">
          {count(most, locale)}
        </text>
        {hours.map(({ from, created, completed }, at) => (
          <g key={from}>
            <title>{`${hourOf(from)}: ${created} / ${completed}`}</title>
            <rect
              className="made"
              x={at * step + step * 0.12}
              width={step * 0.36}
              y={BASE - height(created)}
              height={height(created)}
            />
            <rect
              className="done"
              x={at * step + step * 0.52}
              width={step * 0.36}
              y={BASE - height(completed)}
              height={height(completed)}
            />
            {at % 6 === 0 && (
              <text x={at * step} y={HEIGHT - 6}>
                {hourOf(from)}
              </text>
            )}
          </g>
        ))}
      </svg>
      <figcaption className="hidden">
        <table>
          <caption>{t('overview.day')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('overview.hour')}</th>
              <th scope="col">{t('overview.created')}</th>
              <th scope="col">{t('overview.completed')}</th>
            </tr>
          </thead>
          <tbody>
            {hours.map(({ from, created, completed }) => (
              <tr key={from}>
                <th scope="row">{hourOf(from)}</th>
                <td>{created}</td>
                <td>{completed}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </figcaption>
    </figure>
  );
}
