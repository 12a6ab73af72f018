/** “Tell me when it has ended”, where the browser can. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { askToNotify, canNotify, useNotificationWish } from './notification';

export function NotifyWish() {
  const { t } = useTranslation();
  const { wished, setWished } = useNotificationWish();
  const [refused, setRefused] = useState(false);
  if (!canNotify() && !refused) return null;
  const wish = async (next: boolean): Promise<void> => {
    const granted = next && (await askToNotify());
    setWished(granted);
    setRefused(next && !granted);
  };
  return (
    <div className="notify">
      <label className="check small">
        <input
          type="checkbox"
          data-testid="notify"
          checked={wished && canNotify()}
          onChange={(event) => wish(event.target.checked)}
        />
        {t('notify.wish')}
      </label>
      <span className="hint" role="status">
        {refused && t('notify.refused')}
      </span>
    </div>
  );
}
