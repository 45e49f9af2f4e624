import { useParentSize } from '@visx/responsive';
import { scaleBand, scaleLinear } from '@visx/scale';
import { BarGroup, BarStack } from '@visx/shape';
import { useState } from 'react';
import { count } from '../../look/format.ts';
import { useWords } from '../../words/use.tsx';
import type { Column, Series } from './figure.tsx';

const [HEIGHT, LEFT, BELOW, ABOVE] = [176, 40, 22, 8];
const TICK_WIDTH = 64;
const MOST_LINES = 4;

type BarsParameters = Readonly<{
  label: string;
  columns: readonly Column[];
  series: readonly Series[];
  kind: 'stacked' | 'beside';
}>;

/**
 * Bars over time, as wide as their place. One column is read out below: that under the pointer, or that which the slider is moved to, by
 * the keyboard too.
 */
export default function Bars({ label, columns, series, kind }: BarsParameters) {
  const { t, locale } = useWords();
  const [chosen, setChosen] = useState<number | null>(null);
  const { parentRef, width } = useParentSize({ debounceTime: 100 });
  const last = columns.length - 1;
  const at = Math.min(chosen ?? last, last);
  const told = columns[at];
  const keys = series.map(({ key }) => key);
  const data = columns.map(({ key, values }) => ({
    ...Object.fromEntries(keys.map((one, index) => [one, values[index] ?? 0])),
    at: key,
  }));
  const across = Math.max(0, width - LEFT);
  const x = scaleBand({ domain: columns.map(({ key }) => key), range: [0, across], padding: 0.2 });
  const y = scaleLinear({ domain: [0, highest(columns, kind)], range: [HEIGHT - BELOW, ABOVE], nice: true });
  const beside = scaleBand({ domain: keys, range: [0, x.bandwidth()] });
  const every = Math.max(1, Math.ceil((columns.length * TICK_WIDTH) / Math.max(1, across)));
  const bar = { data, keys, yScale: y, color: () => '' };
  const of = (key: string) => `of-${key}`;
  const readOut = told
    ? `${told.label}: ${series.map(({ name }, index) => `${name} ${count(told.values[index] ?? 0, locale)}`).join(' · ')}`
    : '';
  return (
    <div className="bars" ref={parentRef}>
      <svg width={width} height={HEIGHT} aria-hidden="true">
        <g transform={`translate(${LEFT} 0)`}>
          {told && (
            <rect
              className="chosen"
              {...{ x: (x(told.key) ?? 0) - x.step() * 0.1, y: ABOVE, width: x.step(), height: HEIGHT - BELOW - ABOVE }}
            />
          )}
          {y
            .ticks(MOST_LINES)
            .filter(Number.isInteger)
            .map((n) => (
              <g key={n} transform={`translate(0 ${y(n)})`}>
                <line x2={across} />
                <text x="-8" dy="0.32em" textAnchor="end">
                  {count(n, locale)}
                </text>
              </g>
            ))}
          {kind === 'stacked' ? (
            <BarStack {...bar} x={(one) => one.at} xScale={x}>
              {(stacks) =>
                stacks.flatMap(({ key, bars }) =>
                  bars.map((one) => <rect key={`${key} ${one.index}`} className={of(key)} {...box(one)} />),
                )
              }
            </BarStack>
          ) : (
            <BarGroup {...bar} x0={(one) => one.at} x0Scale={x} x1Scale={beside} height={HEIGHT - BELOW}>
              {(groups) =>
                groups.flatMap(({ index, x0, bars }) =>
                  bars.map((one) => (
                    <rect key={`${one.key} ${index}`} className={of(one.key)} {...box(one)} x={x0 + one.x} />
                  )),
                )
              }
            </BarGroup>
          )}
          {columns.map(
            ({ key, tick }, index) =>
              (last - index) % every === 0 && (
                <text key={key} x={(x(key) ?? 0) + x.bandwidth() / 2} y={HEIGHT - 6} textAnchor="middle">
                  {tick}
                </text>
              ),
          )}
          {columns.map(({ key }, index) => (
            <rect
              key={key}
              className="over"
              {...{ x: (x(key) ?? 0) - x.step() * 0.1, y: 0, width: x.step(), height: HEIGHT - BELOW }}
              onPointerEnter={() => setChosen(index)}
            />
          ))}
        </g>
      </svg>
      <input
        type="range"
        className="no-print"
        style={{ marginLeft: LEFT, width: across }}
        {...{ min: 0, max: last, step: 1, value: at }}
        aria-label={t('figure.move', { what: label })}
        aria-valuetext={readOut}
        onChange={({ target }) => setChosen(Number(target.value))}
      />
      <p className="soft small" aria-hidden="true">
        {readOut}
      </p>
    </div>
  );
}

/** The most that stands on one place of the axis: at least one, so that nothing is not as high as the picture. */
function highest(columns: readonly Column[], kind: BarsParameters['kind']): number {
  const of = ({ values }: Column) => (kind === 'stacked' ? values.reduce((sum, n) => sum + n, 0) : Math.max(...values));
  return Math.max(1, ...columns.map(of));
}

/** Nothing that is not there has a box: an outline of no height would be a line. */
const box = ({ x, y, width, height }: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>) => ({
  ...{ x, y, height, width: height > 0 ? width : 0 },
});
