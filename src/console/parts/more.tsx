import { Menu, MenuButton, MenuItem, MenuProvider } from '@ariakit/react/menu';
import { use } from 'react';
import { useWords } from '../words/use.tsx';
import { OpenContext, useWanted } from './act.tsx';
import type { ActParameters } from './act-window.tsx';

/** What is seldom done, behind one button. */
export function More({ acts, isSmall = false }: { acts: readonly (ActParameters | false)[]; isSmall?: boolean }) {
  const { t } = useWords();
  const open = use(OpenContext);
  useWanted(acts);
  const shown = acts.filter((act) => act !== false);
  if (shown.length === 0) return null;
  return (
    <MenuProvider placement="bottom-end">
      <MenuButton className={`button ${isSmall ? 'small' : ''}`}>{t('do.more')}</MenuButton>
      <Menu gutter={6} className="menu" unmountOnHide>
        {shown.map((act) => (
          <MenuItem key={act.label} className="item" onClick={() => open?.(act)}>
            {act.label}
          </MenuItem>
        ))}
      </Menu>
    </MenuProvider>
  );
}
