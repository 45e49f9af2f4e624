import { type Look, useLook } from '../look/use.tsx';
import type { Language } from '../words/language.ts';
import { useWords } from '../words/use.tsx';

/** Language and look. */
export function Choices() {
  const { t, language, setLanguage } = useWords();
  const { look, setLook } = useLook();
  return (
    <div className="pair">
      <select
        aria-label={t('choice.language')}
        style={{ width: 'auto' }}
        value={language}
        onChange={(e) => setLanguage(e.target.value as Language)}
      >
        <option value="es" lang="es-MX">
          Español
        </option>
        <option value="en" lang="en">
          English
        </option>
      </select>
      <select
        aria-label={t('choice.look')}
        style={{ width: 'auto' }}
        value={look}
        onChange={(e) => setLook(e.target.value as Look)}
      >
        <option value="system">{t('look.system')}</option>
        <option value="light">{t('look.light')}</option>
        <option value="dark">{t('look.dark')}</option>
      </select>
    </div>
  );
}
