import { Dialog, DialogDismiss, DialogHeading } from '@ariakit/react/dialog';
import type { ReactNode } from 'react';
import { useWords } from '../words/use.tsx';

type WindowParameters = Readonly<{
  title: string;
  onClose: () => void;
  /** Something is written in it: a click beside it does not throw that away. */
  isKept?: boolean;
  children: ReactNode;
}>;

/** A window over the page: it keeps the focus, Escape closes it, and the focus goes back to where it came from. */
export function Window({ title, onClose, isKept = false, children }: WindowParameters) {
  const { t } = useWords();
  return (
    <Dialog
      open
      onClose={onClose}
      hideOnInteractOutside={!isKept}
      className="dialog"
      backdrop={<div className="veil" />}
    >
      <div className="head">
        <DialogHeading render={<h2>{title}</h2>} />
        <DialogDismiss className="button plain small" aria-label={t('close')}>
          ✕
        </DialogDismiss>
      </div>
      {children}
    </Dialog>
  );
}
