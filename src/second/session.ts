/** What every session of onnxruntime-web is opened with, ours and that of transformers.js. */
import type { InferenceSession } from 'onnxruntime-web';
import type { SecondBackend } from '../engine/vouch/second';

export function sessionOptions(backend: SecondBackend): InferenceSession.SessionOptions {
  return {
    // What it would say is in the error that it throws.
    logSeverityLevel: 4,
    // WebAssembly has 4 GB, and weights packed for its kernels are a second copy of the model; tokens come as fast without.
    ...(backend === 'wasm' && { extra: { session: { disable_prepacking: '1' } } }),
  };
}
