/** Answers, accuracies and the log, in Chinese. */
import type { results as english } from '../en/results';

export const results: Record<keyof typeof english, string> = {
  'results.title': '训练前后对比',
  'results.accuracy': '测试集准确率',
  'results.notYet': '尚未测量',
  'results.counts': '{{rows}} 题中答对 {{correct}} 题',
  'results.interval': '95 % 区间 {{low}}–{{high}}',
  'results.sample': '抽测 {{rows}} 题',
  'results.empty': '运行基线之后，各个模型对同一批问题的回答会并排显示在这里。',
  'results.filter': '显示',
  'results.all': '全部问题',
  'results.anyWrong': '任一答错',
  'results.wrongBy': '答错：{{subject}}',
  'results.expected': '标准答案',
  'results.judgedBy': '判分方式：{{judge}}。',
  'results.shown_one': '{{count}} 个问题',
  'results.shown_other': '{{count}} 个问题',
  'results.noneWrong': '这里没有答错的问题。',
  'results.right': '正确',
  'results.wrong': '错误',
  'results.emptyAnswer': '（空回答）',
  'results.notAsked': '未测',

  'log.title': '评估日志',
  'log.subject': '谁的回答',
  'log.when': '时间点',
  'log.step': '第 {{step}} 步 · {{rows}} 题',
  'log.copy': '复制',
  'log.copied': '已复制',
  'log.copyFailed': '浏览器不允许复制',
  'log.empty': '一次评估的每个问题和回答都列在这里，答错的在后面再列一遍，最后一行是准确率。',
};
