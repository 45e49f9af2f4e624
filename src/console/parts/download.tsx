import { useMutation } from '@tanstack/react-query';
import { useWords } from '../words/use.tsx';

type DownloadParameters = Readonly<{ label: string; name: string; read: () => Promise<string> }>;

/** Reads a text as whoever is signed in, and gives it to the browser as a file. */
export function Download({ label, name, read }: DownloadParameters) {
  const { t } = useWords();
  const reading = useMutation({
    mutationFn: async () => {
      const url = URL.createObjectURL(new Blob([await read()], { type: 'text/csv;charset=utf-8' }));
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    },
  });
  return (
    <button type="button" className="button" disabled={reading.isPending} onClick={() => reading.mutate()}>
      {reading.isError ? t('failure.other') : label}
    </button>
  );
}
