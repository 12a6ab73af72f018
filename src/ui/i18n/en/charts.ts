/** Charts and whose curves they show, in English. */
export const charts = {
  'chart.loss': 'Loss',
  'chart.accuracy': 'Accuracy',
  'chart.step': 'step',
  'chart.loss.empty': 'The loss curve is drawn here while SFT or distillation runs.',
  'chart.accuracy.empty': 'Accuracy of generated answers on the test rows appears here, starting with the baseline.',
  'chart.loss.about': 'Loss per optimizer step for each training stage.',
  'chart.accuracy.about': 'Share of test questions answered correctly, per optimizer step, for each model.',
  'chart.raw': 'train, each step',
  'chart.smooth': 'train, smoothed',
  'chart.test': 'test',
  'chart.log': 'log scale',
  'chart.show': 'Show {{name}}',
  'chart.at': 'Step {{step}}',

  'subject.teacher-base': 'Teacher, untrained',
  'subject.teacher-sft': 'Teacher, SFT',
  'subject.teacher-merged': 'Teacher, merged',
  'subject.student-base': 'Student, untrained',
  'subject.student-distilled': 'Student, distilled',
  'subject.student-sft': 'Student, SFT only',
} as const;
