import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { GET_USER } from '../../reactor/http/routes/users.ts';
import { ask } from '../api/client.ts';
import { Id } from './basic.tsx';

/** Who somebody is, by their id. */
export function Person({ id }: { id: string }) {
  const { data } = useQuery({ ...ask(GET_USER, { parameters: { id } }), staleTime: 60_000 });
  return (
    <span>
      {data && (
        <>
          <Link to="/users/$id" params={{ id }}>
            {data.fullName}
          </Link>{' '}
          <span className="soft small">{data.email}</span>{' '}
        </>
      )}
      <Id of={id} />
    </span>
  );
}
