/** Written models in a second engine, onnxruntime-web on WebAssembly, against PyTorch’s logits and our own kernels. */
import { describe, expect, it } from 'vitest';
import { largestDifference } from '../support/compare';
import { familyFolder, familyGoldens } from '../support/family';
import { bareFolder, openOnnx } from '../support/onnx';

describe.each(['qwen2', 'qwen3', 'llama3', 'smollm'] as const)('%s', (name) => {
  it.each(['fp32'] as const)('has PyTorch’s logits at every position, %s', async (form) => {
    const { ids, tensor } = await familyGoldens(name);
    const decoder = await openOnnx(bareFolder(name, familyFolder(name)), form);
    const { logits } = await decoder.run(ids);
    expect(largestDifference(logits, tensor('logits'))).toBeLessThan(1e-4);
  });
});
