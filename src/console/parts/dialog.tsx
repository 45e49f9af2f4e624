import { Dialog, DialogDismiss, DialogHeading } from '@ariakit/react/dialog';
import type { ReactNode } from 'react';
import { useWords } from '../words/use.tsx';

type WindowParameters = Readonly<{
  title: string;
  onClose: () => void;
  /** Something is written in it: a click beside it does not throw that away. */
  isKept?: boolean;
  /** A question about the window below it: a reader says it at once. */
  isAlert?: boolean;
  children: ReactNode;
}>;

const FIRST = 'form :is(input, select, textarea), footer .main';
/** Escape shuts the list of a field first: the key is told to what is chosen in it as well. */
const isList = (target: EventTarget | null): boolean =>
  target instanceof Element && target.matches('[role=combobox][aria-expanded=true], [role=option]');

/** A window over the page: it keeps the focus, Escape closes it, and the focus goes back to where it came from. Its first field is where one begins. */
export function Window({ title, onClose, isKept = false, isAlert = false, children }: WindowParameters) {
  const { t } = useWords();
  return (
    <Dialog
      open
      onClose={(event) => {
        event.preventDefault();
        onClose();
      }}
      hideOnInteractOutside={!isKept}
      hideOnEscape={({ target }) => !isList(target)}
      autoFocusOnShow={(target) => {
        const first = target?.closest('.dialog')?.querySelector<HTMLElement>(FIRST);
        first?.focus();
        return !first;
      }}
      role={isAlert ? 'alertdialog' : 'dialog'}
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
