/** The title of a dialog, and the button that closes it. */
import { Dialog } from '@base-ui/react/dialog';
import { useTranslation } from 'react-i18next';
import { Icon } from './Icon';

interface Props {
  readonly title: string;
  readonly testId?: string;
}

export function DialogHead({ title, testId }: Props) {
  const { t } = useTranslation();
  return (
    <div className="panel-head">
      <Dialog.Title>{title}</Dialog.Title>
      <Dialog.Close className="quiet icon" aria-label={t('dialog.close')} data-testid={testId}>
        <Icon name="cross" />
      </Dialog.Close>
    </div>
  );
}
