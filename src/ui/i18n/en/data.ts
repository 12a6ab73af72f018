/** Rows, in English. */
export const data = {
  'data.title': 'Rows',
  'data.train': 'Training',
  'data.test': 'Test',
  'data.demo': 'demo rows',
  'data.open': 'Open files…',
  'data.openTrain': 'Open training rows',
  'data.openTest': 'Open test rows',
  'data.backToDemo': 'Back to the demo rows',
  'data.drop':
    'JSONL, JSON, CSV or TSV, also several at once; or drop them anywhere on the page. They replace the rows of the open tab.',
  'data.dropNow': 'Release to open as {{split}} rows',
  'data.rows_one': '{{count}} row',
  'data.rows_other': '{{count}} rows',
  'data.problems_one': '{{count}} line with a problem',
  'data.problems_other': '{{count}} lines with a problem',
  'data.problemsMore': 'and {{count}} more',
  'data.unused': 'These lines are left out; all others are used.',
  'data.loading': 'Reading the rows…',
  'data.none': 'No rows yet.',
  'data.line': 'Line',
  'data.question': 'Question',
  'data.answer': 'Answer',
  'data.more': '… ({{count}} characters)',

  'lose.rows': 'With other training rows, what was learnt from these is discarded: {{stages}}. Open the other rows?',
  'lose.model':
    'With another model, what was trained together with this one is discarded: {{stages}}. Open the other model?',
  'lose.close': 'With this model, what was trained together with it is discarded: {{stages}}. Close the model?',
} as const;
