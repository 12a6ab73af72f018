/** The forms that a model is taken home in, beside the safetensors that every folder has. */

/** ONNX for transformers.js and ONNX Runtime, GGUF for llama.cpp and Ollama, by the type that most weights have there. */
export const forms = ['onnx-fp32', 'onnx-fp16', 'onnx-q4', 'gguf-f16', 'gguf-bf16', 'gguf-q8_0'] as const;

export type Form = (typeof forms)[number];
