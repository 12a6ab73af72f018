/** Which matmul kernels are worth naming on this adapter, in the order of the list. */
import { type KernelReport, matmulKernels } from '../../store';

/** What a person can ask for: nothing that the adapter cannot compute. */
export function choosable(report: KernelReport | undefined): readonly KernelReport['forced'][] {
  return matmulKernels.filter((name) => name === 'automatic' || report?.variants.includes(name));
}

export function variantsOf(report: KernelReport): KernelReport['variants'] {
  return choosable(report).filter((name) => name !== 'automatic');
}
