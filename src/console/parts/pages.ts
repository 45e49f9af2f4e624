import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';

/** A list that is read a page at a time. */
export function usePages<T>(
  queryKey: QueryKey,
  read: (cursor: string | undefined) => Promise<Readonly<{ rows: readonly T[]; next: string | null | undefined }>>,
  refetchInterval: number | false = 5_000,
) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval,
  });
  return {
    query,
    rows: query.data?.pages.flatMap(({ rows }) => rows) ?? [],
    more: {
      has: query.hasNextPage,
      isLoading: query.isFetchingNextPage,
      load: () => void query.fetchNextPage(),
    },
  };
}
