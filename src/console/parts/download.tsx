import { useMutation } from '@tanstack/react-query';
import { useWords } from '../words/use.tsx';

type File = Readonly<{ text: string; notice?: string | undefined }>;
type DownloadParameters = Readonly<{ label: string; name: string; read: () => Promise<string | File> }>;

/** Reads a text as whoever is signed in, and gives it to the browser as a file; what is to be known of it is told beside. */
export function Download({ label, name, read }: DownloadParameters) {
  const { t } = useWords();
  const reading = useMutation({
    mutationFn: async () => {
      const given = await read();
      const { text, notice }: File = typeof given === 'string' ? { text: given } : given;
      const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
      return notice;
    },
  });
  return (
    <>
      <button type="button" className="button" disabled={reading.isPending} onClick={() => reading.mutate()}>
        {reading.isError ? t('failure.other') : label}
      </button>
      {reading.data && (
        <p className="note warn" role="status">
          {reading.data}
        </p>
      )}
    </>
  );
}
