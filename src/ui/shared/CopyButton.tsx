/** Copies a text and says so. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './Icon';

type Outcome = 'copy' | 'copied' | 'copyFailed';

interface Props {
  readonly text: () => string;
  readonly testId: string;
}

export function CopyButton({ text, testId }: Props) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<Outcome>('copy');
  useEffect(() => {
    if (outcome === 'copy') return;
    const timer = setTimeout(() => setOutcome('copy'), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      setOutcome('copied');
    } catch {
      setOutcome('copyFailed');
    }
  };
  return (
    <button type="button" data-testid={testId} onClick={copy}>
      <Icon name={outcome === 'copied' ? 'check' : 'copy'} />
      <span aria-live="polite">{t(`log.${outcome}`)}</span>
    </button>
  );
}
