/** Text of any length in a table cell: line breaks kept, very long text cut with its length said. */
import { useTranslation } from 'react-i18next';

const most = 400;

export function LongText({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  if (text.length <= most) return <span className="long-text">{text}</span>;
  return (
    <span className="long-text">
      {text.slice(0, most)}
      <em> {t('data.more', { count: text.length })}</em>
    </span>
  );
}
