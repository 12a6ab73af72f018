/** Why a value cannot be used, in the language of the page. */
import type { Draft } from '../../store';
import type { Translate } from '../i18n';
import type { Control } from './fields';

export function problemText(t: Translate, control: Control, draft: Draft): string {
  if (control.kind === 'whole') return t('range.whole', { least: control.least, most: control.most });
  const weightsClash = String(draft.problem.detail.reason ?? '').includes('crossEntropyWeight');
  if (control.kind === 'number') return t(weightsClash ? 'range.weights' : `range.${control.range}`);
  if (control.kind === 'list') return t('range.targets');
  if (draft.problem.detail.field === 'judgePattern') return t('range.pattern');
  return t('range.refused', { reason: draft.problem.message });
}
