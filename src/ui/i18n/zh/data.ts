/** Rows, in Chinese. */
import type { data as english } from '../en/data';

export const data: Record<keyof typeof english, string> = {
  'data.title': '数据',
  'data.train': '训练集',
  'data.test': '测试集',
  'data.demo': '示例数据',
  'data.open': '打开文件…',
  'data.openTrain': '打开训练数据',
  'data.openTest': '打开测试数据',
  'data.backToDemo': '换回示例数据',
  'data.drop': 'JSONL、JSON、CSV 或 TSV，可同时打开多个；也可以拖到页面任意位置。它们会替换当前标签里的数据。',
  'data.dropNow': '松开即作为{{split}}打开',
  'data.rows_one': '{{count}} 行',
  'data.rows_other': '{{count}} 行',
  'data.problems_one': '{{count}} 行有问题',
  'data.problems_other': '{{count}} 行有问题',
  'data.problemsMore': '还有 {{count}} 条',
  'data.unused': '这些行不使用，其余各行照常使用。',
  'data.loading': '正在读取数据…',
  'data.none': '还没有数据。',
  'data.line': '行号',
  'data.question': '问题',
  'data.answer': '答案',
  'data.more': '…（共 {{count}} 字）',

  'lose.rows': '换用其他训练数据后，从现有数据学到的结果会丢弃：{{stages}}。要打开其他数据吗？',
  'lose.model': '换用其他模型后，用现有模型训练的结果会丢弃：{{stages}}。要打开其他模型吗？',
  'lose.close': '关闭这个模型后，与它一起训练的结果会丢弃：{{stages}}。要关闭模型吗？',
};
