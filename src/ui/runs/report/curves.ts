/** Loss and accuracy over the steps, as a report draws them. */
import {
  beganAs,
  type Subject,
  smoother,
  subjects,
  type TrainingStage,
  trainingStages,
  valueAt,
  type WholeRun,
} from '../../../store';
import type { Translate } from '../../i18n';
import { type Curve, chart } from './chart';
import { type Html, html } from './html';

const colours: Readonly<Record<TrainingStage, string>> = { sft: 'teacher', distill: 'student', control: 'control' };
const smoothing = 0.9;

export function curves({ curves: data }: WholeRun, t: Translate): Html {
  const losses = trainingStages.flatMap((stage): readonly Curve[] => {
    const { loss, testLoss } = data.curves[stage];
    if (loss.length === 0) return [];
    const [name, colour] = [t(`stage.${stage}`), colours[stage]];
    return [
      { name, colour, kind: 'faint', values: loss },
      { name, colour, kind: 'line', values: loss.map(smoother(smoothing)) },
      { name: `${name}, ${t('chart.test')}`, colour, kind: 'dashed', values: testLoss },
    ];
  });
  const answered = subjects.flatMap((subject): readonly Curve[] => {
    const values = withStart(data.accuracy, subject);
    if (values.every(Number.isNaN) || Object.values(beganAs).includes(subject)) return [];
    return [{ name: t(`subject.${subject}`), colour: colourOf(subject), kind: kindOf(subject), values }];
  });
  const drawn = [
    chart({ title: t('report.lossChart'), xName: t('report.step'), curves: losses, label: String }),
    chart({
      title: t('report.accuracyChart'),
      xName: t('report.step'),
      curves: answered,
      label: (value) => `${Math.round(value * 100)}%`,
      range: [0, 1],
    }),
  ];
  const nothing = losses.length === 0 && answered.length === 0;
  return html`<section><h2>${t('report.curves')}</h2>${nothing ? html`<p>${t('report.noCurves')}</p>` : drawn}</section>`;
}

/** A trained model begins as the untrained one. */
function withStart(accuracy: WholeRun['curves']['accuracy'], subject: Subject): readonly number[] {
  const [own, before] = [accuracy[subject], beganAs[subject]];
  const start = before ? valueAt(accuracy[before], 0) : undefined;
  return start === undefined || own.length === 0 ? own : [start, ...own.slice(1)];
}

function colourOf(subject: Subject): string {
  if (subject === 'student-sft') return 'control';
  return subject.startsWith('teacher') ? 'teacher' : 'student';
}

function kindOf(subject: Subject): Curve['kind'] {
  return subject === 'teacher-merged' ? 'dashed' : 'dots';
}
