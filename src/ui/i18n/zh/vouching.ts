/** 用第二个引擎检验导出的文件夹。 */
import type { vouching as english } from '../en/vouching';

export const vouching: Record<keyof typeof english, string> = {
  'error.onnx-missing': '文件夹“{{folder}}”里没有 {{file}}。请先把模型导出为 ONNX（{{form}}），或选择另一种格式。',
  'error.second-memory':
    '第二个引擎的内存放不下这个模型（{{reason}}）。WebAssembly 总共只有 4 GB：请选择较小的格式（fp16 或 q4），或关闭其他标签页。',
  'error.second-half':
    '显卡适配器没有 16 位运算（shader-f16），而这种格式在 WebGPU 上需要它。请选择 fp32，或改用 WebAssembly。',
  'error.second-failed':
    '第二个引擎（onnxruntime-web）停止了：{{reason}}。请换另一个后端；如果结果相同，说明 ONNX 已损坏或不是同一类图，请重新导出。',
  'error.second-crash': '第二个引擎的 worker 意外停止：{{reason}}。请重新打开文件夹；如果再次发生，请选择较小的格式。',
  'error.second-stuck':
    '“{{model}}”的分词器在 {{seconds}} 秒内没有返回，第二个引擎已被关闭：它的规则在这样的文本上可能永远不会结束。请换一个问题，或换用其他模型。',
  'error.second-closed': '第二个引擎已关闭。',
  'error.second-unavailable': '这里没有这样的引擎。',
  'error.vouch-no-rows': '没有可以同时询问两个引擎的测试数据（{{reason}}）。请先打开测试数据。',
  'error.vouch-memory':
    '显存不足，无法把导出的模型与第二个引擎比较（{{reason}}）。请减少行数，或关闭其他占用显卡的程序。已经训练和导出的内容不受影响。',
};
