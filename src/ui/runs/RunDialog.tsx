/** A kept run to look at: its report over the page. Nothing of it is loaded, so the page stays what it is. */
import { Dialog } from '@base-ui/react/dialog';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { language } from '../i18n';
import { DialogHead } from '../shared/DialogHead';
import { useStudio } from '../studioContext';
import { report } from './report/report';

interface Props {
  /** Undefined while nothing is open. */
  readonly id: string | undefined;
  readonly close: () => void;
}

export function RunDialog({ id, close }: Props) {
  const { t } = useTranslation();
  const page = useReport(id);
  return (
    <Dialog.Root open={id !== undefined} onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="run-dialog" data-testid="run-dialog">
          <DialogHead title={t('report.title')} testId="run-dialog-close" />
          {page === 'gone' && <p className="empty">{t('runs.gone')}</p>}
          {typeof page === 'object' && (
            // Its text comes from files: it may run nothing and reach nothing, whatever it says.
            <iframe title={t('report.title')} sandbox="" src={page.address} data-testid="run-report-page" />
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/**
 * Where the report lies, in the language of the page; undefined while it is read. At an address: text that becomes a document by
 * an attribute is what Trusted Types forbid.
 */
function useReport(id: string | undefined): { readonly address: string } | 'gone' | undefined {
  const { t } = useTranslation();
  const studio = useStudio();
  const [page, setPage] = useState<{ readonly address: string } | 'gone'>();
  useEffect(() => {
    setPage(undefined);
    let wanted = id !== undefined;
    let address: string | undefined;
    if (id !== undefined) {
      studio.wholeRun(id).then((run) => {
        if (!wanted) return;
        if (!run) return setPage('gone');
        address = URL.createObjectURL(new Blob([report(run, t, language())], { type: 'text/html' }));
        setPage({ address });
      });
    }
    return () => {
      wanted = false;
      if (address !== undefined) URL.revokeObjectURL(address);
    };
  }, [id, studio, t]);
  return page;
}
