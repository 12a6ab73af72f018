/** What comes from a worker has its own copy of every text; a long training is asked the same questions hundreds of times. */
import type { Answer, Evaluation } from './types';

/** The same evaluation with the texts of `before` in place of its own where they are the same. */
export function sharingTexts<T extends Evaluation>(evaluation: T, before: Evaluation | undefined): T {
  if (!before) return evaluation;
  const texts = new Map(
    answersOf(before)
      .flatMap(textsOf)
      .map((text) => [text, text]),
  );
  const shared = (answers: readonly Answer[]) =>
    answers.map((answer) => {
      const [question, expected, output] = textsOf(answer).map((text) => texts.get(text) ?? text) as Texts;
      return { ...answer, question, expected, output };
    });
  return { ...evaluation, answers: shared(evaluation.answers), worst: shared(evaluation.worst) };
}

type Texts = [question: string, expected: string, output: string];

function textsOf({ question, expected, output }: Answer): Texts {
  return [question, expected, output];
}

function answersOf({ answers, worst }: Evaluation): readonly Answer[] {
  return [...answers, ...worst];
}
