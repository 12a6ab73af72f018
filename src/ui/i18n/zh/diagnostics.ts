/** Diagnostics and kernels, in Chinese. */
import type { diagnostics as english } from '../en/diagnostics';

export const diagnostics: Record<keyof typeof english, string> = {
  'diagnostics.title': '诊断信息',
  'diagnostics.adapter': '适配器',
  'diagnostics.features': '内核可用的特性',
  'diagnostics.matrices': '矩阵单元',
  'diagnostics.kernels': '矩阵乘内核',
  'diagnostics.kernelsHint':
    '“自动”为每种形状选用最快的内核：载入模型时用两秒测出，并记住结果。换用其他内核，结果在舍入误差内相同。',
  'diagnostics.kernelsSoftware': '软件适配器编译候选内核很慢，因此不会自动测量，默认使用寄存器内核。',
  'diagnostics.measure': '测量',
  'diagnostics.measuring': '正在测量…',
  'diagnostics.times': '各内核的毫秒数',
  'diagnostics.product': '乘积',
  'diagnostics.rows': '行数',
  'kernels.automatic': '自动',
  'kernels.registers': '寄存器',
  'kernels.lanes': '分道',
  'kernels.tiles64': '64 分块',
  'kernels.tiles128': '128 分块',
  'kernels.matrices': '矩阵单元',
  'matrices.none': '未提供',
  'matrices.offered': '可用，未启用',
  'matrices.on': '已启用',
  'matrices.wish': '矩阵单元（实验性）',
  'matrices.reload': '重新载入页面后生效。',
  'matrices.hint': '乘积在显卡的 f16 矩阵单元上计算，每个数写成两个 f16 之和，精度与 f32 相近。显卡丢失时会自动关闭。',
};
