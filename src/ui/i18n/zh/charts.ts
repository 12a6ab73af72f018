/** Charts and whose curves they show, in Chinese. */
import type { charts as english } from '../en/charts';

export const charts: Record<keyof typeof english, string> = {
  'chart.loss': '损失',
  'chart.accuracy': '准确率',
  'chart.step': '步',
  'chart.loss.empty': 'SFT 或蒸馏运行时，损失曲线会画在这里。',
  'chart.accuracy.empty': '测试题上生成答案的准确率会画在这里，从基线开始。',
  'chart.loss.about': '每个训练阶段逐步的损失。',
  'chart.accuracy.about': '每个模型在各优化步时答对测试题的比例。',
  'chart.raw': '训练，逐步',
  'chart.smooth': '训练，平滑',
  'chart.test': '测试集',
  'chart.log': '对数坐标',
  'chart.show': '显示{{name}}',
  'chart.at': '第 {{step}} 步',

  'subject.teacher-base': '教师，未训练',
  'subject.teacher-sft': '教师，SFT',
  'subject.teacher-merged': '教师，合并后',
  'subject.student-base': '学生，未训练',
  'subject.student-distilled': '学生，蒸馏',
  'subject.student-sft': '学生，仅 SFT',
};
