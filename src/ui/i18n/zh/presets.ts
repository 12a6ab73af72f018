/** The rules of the presets, in Chinese. */
import type { presets as english } from '../en/presets';

export const presets: Record<keyof typeof english, string> = {
  'settings.preset': '规则',
  'field.preset': '预设',
  'hint.preset':
    '规范：本工作室自己的规则。原样复现：与公开的原版一致，包括其缺陷，便于对比。预设决定下面若干设置的值；每一项仍可单独修改。',
  'option.clean': '规范',
  'option.seed-exact': '原样复现',
  'preset.changed': '下方已改动',
  'preset.lengths.clean': '从不截断数据行；放不下的行会列出来。',
  'preset.lengths.seed-exact':
    '提示截断到 30 个 token，答案截断到 20 个，更长的丢掉末尾（原版 2,700 行中有 1,710 行丢掉 “assistant” 后面的换行）。',
  'preset.padding.clean': '填充从不参与学习，也不参与计算。',
  'preset.padding.seed-exact': '答案填充到 20 个 token，填充像答案一样被学习。',
  'preset.shift.clean': '散度与交叉熵一样，计在预测 token 的位置。',
  'preset.shift.seed-exact': '散度计晚一个位置：答案的第一个 token 从不计入，结束符之后的位置却计入。',
  'preset.sum.clean': '散度与交叉熵都对一步中的 token 取平均，散度再乘以 T²。',
  'preset.sum.seed-exact': '散度对所有位置求和，交叉熵取平均，且不乘 T²。',
  'preset.sampling.clean': '回答用贪心解码：同一模型总是给出同样的回答。',
  'preset.sampling.seed-exact':
    '回答按种子采样（温度 0.7、top-p 0.8、top-k 20、各模型自己的重复惩罚）：准确率随种子变化。',
  'preset.prefix.clean': '所有提示共同的开头每批只算一次。',
  'preset.prefix.seed-exact': '每行都完整计算，各有自己的 dropout 掩码；耗时更长。',
  'field.distill.teacher': '由谁来教',
  'hint.distill.teacher': '原样：之前已微调并合并好的模型；“全部运行”会跳过 SFT 和合并。',
  'option.merged': '合并后的教师',
  'option.loaded': '原样的教师',
  'field.ownPenalty': '采用各模型的重复惩罚',
  'hint.ownPenalty':
    '若模型的 generation_config.json 写明了重复惩罚（Qwen2.5：0.5B 为 1.1，3B 为 1.05），就用它代替上面的值。',
};
