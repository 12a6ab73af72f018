/** A written model tried in transformers.js, and what to paste elsewhere, in Chinese. */
import type { tryOut as english } from '../en/tryOut';

export const tryOut: Record<keyof typeof english, string> = {
  'try.title': '在 transformers.js 中试用',
  'try.about':
    "与别人的网页加载它的方式相同：对这个文件夹调用 pipeline('text-generation')，在独立的 worker 中，不使用网络。",
  'try.none': '没有可试用的内容：transformers.js 读取 ONNX。请选上一种 ONNX 格式再写出一次。',
  'try.open': '加载',
  'try.loading': '正在读取 {{name}}',
  'try.preparing': '正在准备模型…',
  'try.cancel': '取消',
  'try.opened': '已加载 {{form}}，在 {{backend}} 上计算。',
  'try.close': '关闭',
  'try.closeHint': '归还它占用的内存。',
  'try.other': '已加载另一个模型（{{name}}）；加载这个会关闭它。',
  'try.system': '系统提示词',
  'try.systemReset': '恢复配方中的提示词',
  'try.maxNewTokens': '新 token 数上限',
  'try.maxNewTokens.wrong': '请输入不小于 1 的整数。',
  'try.new': '新对话',
  'try.keys': '总是取最可能的 token。Enter 发送，Shift + Enter 换行。',
  'try.closed': '加载之后才能提问。',

  'snippet.title': '在别处使用',
  'snippet.about': '加载这个模型并问它“{{question}}”，提示词相同，回答也相同。',
  'snippet.from': '从哪里加载',
  'snippet.from.folder': '文件夹，在自己的服务器或磁盘上',
  'snippet.from.hub': 'Hub',
  'snippet.browser': '在网页中',
  'snippet.node': '在 Node 中',
};
