/** Without an answer length no answer is padded, and there is no padding to learn. */
import type { Session } from '../../store';

export const paddingPath = 'lengths.labelPadding';

export const nothingPadded = ({ recipe }: Session): boolean => recipe.lengths.answer === 0;

/** A recipe may say so all the same, a preset too: it does no harm, and nothing else. */
export const paddingInVain = (s: Session): boolean => nothingPadded(s) && s.recipe.lengths.labelPadding;
