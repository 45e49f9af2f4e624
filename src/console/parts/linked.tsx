import { Link } from '@tanstack/react-router';
import { PLACES } from '../frame/places.ts';
import { wantedOf } from '../pages/wanted.ts';
import { LABELS, type Part, partsOf } from '../words/links.ts';
import { useWords } from '../words/use.tsx';

/** A sentence whose commands and ids lead to the page that has the same. */
export function Linked({ text }: { text: string }) {
  return partsOf(text).map((part, at) => (
    // The parts of a sentence never change their order.
    // biome-ignore lint/suspicious/noArrayIndexKey: there is no other name
    <One key={at} part={part} />
  ));
}

function One({ part }: { part: Part }) {
  const { t, name } = useWords();
  if (part.is === 'text') return part.text;
  if (part.is === 'command')
    return (
      <code title={t('link.server')}>
        {part.text} <span className="hidden">({t('link.server')})</span>
      </code>
    );
  /** The button, and the page that has it. */
  const told = (page: string): string => {
    const label = part.command === null ? undefined : LABELS[part.command];
    return label === undefined ? page : `${t(label)} (${page})`;
  };
  switch (part.is) {
    case 'page': {
      const place = PLACES.find(({ to }) => to === part.to);
      return <Link to={part.to}>{told(place ? t(place.words) : part.to)}</Link>;
    }
    case 'queue':
      return (
        <Link to="/queues" search={{ queue: part.queue }}>
          {told(name('queue', part.queue))}
        </Link>
      );
    case 'payment':
      return (
        <Link to="/payments/$id" params={{ id: part.id }} search={wanted(part.command)}>
          {part.command === null ? short(part.id) : told(t('payment.one.short'))}
        </Link>
      );
    case 'user':
      return (
        <Link to="/users/$id" params={{ id: part.id }}>
          {part.command === null ? short(part.id) : told(name('switch.of', 'user'))}
        </Link>
      );
    case 'find':
      return (
        <Link to="/find/$id" params={{ id: part.id }} search={wanted(part.command)}>
          {part.command === null ? short(part.id) : told(t('payment.one.short'))}
        </Link>
      );
  }
}

const wanted = (command: string | null) => wantedOf({ act: LABELS[command ?? ''] });
/** Of a payment also its number. */
const short = (id: string): string => (/^\d+$/.test(id) ? `#${id}` : `${id.slice(0, 8)}…`);
