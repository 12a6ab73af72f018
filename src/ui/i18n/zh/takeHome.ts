/** Adapters, saving, the merge report and recipe files, in Chinese. */
import type { takeHome as english } from '../en/takeHome';

export const takeHome: Record<keyof typeof english, string> = {
  'adapter.open': '从已有适配器开始…',
  'adapter.another': '换一个适配器…',
  'adapter.orFiles': '或选择它的两个文件',
  'adapter.openFolder': '打开适配器文件夹：{{role}}',
  'adapter.openFiles': '打开适配器的两个文件：{{role}}',
  'adapter.twoFiles': '适配器',
  'adapter.from': '起点：',
  'adapter.sizes': '秩 {{rank}} · alpha {{alpha}} · {{modules}} 个矩阵，{{parameters}} 个值',
  'adapter.mixedSizes': '秩最大 {{rank}}，每个矩阵有自己的秩和缩放 · {{modules}} 个矩阵，{{parameters}} 个值',
  'adapter.targets': '作用于 {{targets}}',
  'adapter.trainedOn': '训练时的基座：{{model}}',
  'adapter.untrainedTeacher': '视为 0 步的 SFT 结果：可以直接合并，也可以继续训练。',
  'adapter.untrainedStudent': '视为 0 步的蒸馏结果：可以直接评估，也可以继续训练。',
  'adapter.remove': '移除适配器',
  'lose.adapter': '换用其他适配器后，在这个模型上训练的结果会丢弃：{{stages}}。要继续吗？',
  'settings.loraFromAdapter': '{{roles}}的秩、alpha 和作用位置以所选适配器为准。',

  'artifact.teacher-adapter': '教师适配器',
  'artifact.teacher-merged': '合并后的教师',
  'artifact.student-adapter': '学生适配器',
  'artifact.student-distilled': '蒸馏后的学生',
  'artifact.control-adapter': '对照实验的适配器',
  'save.adapter': '保存适配器…',
  'save.model': '保存模型…',
  'save.name': '保存{{what}}',
  'save.shard': '单个文件上限（MB）',
  'save.progress': '正在保存{{what}}',
  'save.stop': '停止',
  'save.done': '已保存到文件夹 {{folder}}：{{count}} 个文件，{{size}}。',
  'save.zipped': '{{folder}} 中有 {{count}} 个文件，共 {{size}}。',
  'save.moreForms': '更多格式，或一个 zip…',
  'range.shard': '请输入不小于 1 的数。',

  'merge.title': '合并改变了什么',
  'merge.moved': '权重变化 {{moved}}',
  'merge.movedAbout': '变化量与权重本身大小之比（Frobenius 范数），舍入为 bf16 之后：',
  'merge.byLayer': '逐层查看',
  'merge.zeroBefore': '∞：这个矩阵原来全是零。',
  'merge.largest': '单个权重的最大变化：{{largest}}',
  'merge.exact':
    '每个合并后的权重都是“基座 + 适配器”舍入为 bf16 的结果：偏差不超过末位的 {{rounding}}（0.5 即最近值）。',
  'merge.logits':
    '舍入的影响：在 {{rows}} 行测试数据上，logits 最多相差 {{gap}}（最大值为 {{largest}}）；{{positions}} 个位置中有 {{same}} 个位置的最可能 token 相同。',

  'recipe.export': '导出配方',
  'recipe.import': '导入配方…',
  'recipe.importName': '导入配方文件',
  'recipe.about':
    '同一个文件也能不开窗口运行：填好路径后执行 npm run headless -- recipe.json。把它拖到页面上即可导入。',
  'recipe.taken': '参数已取自 {{name}}。',

  'field.shuffle': '打乱行的顺序',
  'hint.shuffle': '每轮按种子重新排列。',

  'error.adapter-load': '不能使用适配器“{{name}}”：{{reason}} 原有内容不变。',
  'error.adapter-files-missing':
    '适配器由 adapter_config.json 和 adapter_model.safetensors 两个文件组成；“{{name}}”缺少 {{files}}。原有内容不变。',
  'error.busy-save': '有阶段正在运行。请等它结束或先停止，再保存。',
  'error.busy-import': '阶段运行时参数已锁定。请等它结束后再导入配方。',
  'error.saving': '正在保存结果。请等它写完，或先停止保存。',
  'error.save-denied': '没有写入 {{file}}：浏览器没有这个文件夹的权限（{{reason}}）。请重新选择文件夹；结果仍在这里。',
  'error.save-full': '没有写入 {{file}}：磁盘已满（{{reason}}）。没有留下不完整的文件；结果仍在这里。',
  'error.save-failed': '没有写入 {{file}}：{{reason}}。没有留下不完整的文件；结果仍在这里。',
  'error.save-stopped': '已停止保存，没有留下任何文件。',
  'error.job-invalid': '{{file}}：不能使用“{{field}}”：{{reason}}。',
  'error.merge-not-finite':
    '拒绝合并：{{tensor}} 合并后会有 {{count}} 个权重不是有限数。基座和适配器保持原样；请降低学习率重新训练适配器。',
  'error.gguf-architecture': '该模型无法写成 GGUF，因为 llama.cpp 无法加载这种 {{architecture}}：{{reason}}。',
  'error.gguf-tokenizer':
    '该模型无法写成 GGUF，因为 llama.cpp 会把文本切分成不同的 token：{{reason}}。safetensors 和 ONNX 会原样保留它的分词器。',
  'error.gguf-overflow':
    '该模型无法写成 {{form}}：{{tensor}} 中有超出 F16 范围（65504）的权重。请改用 BF16；没有留下写了一半的文件。',
  'error.import-invalid': '不能使用配方“{{file}}”：{{reason}}。参数保持不变。',
};
