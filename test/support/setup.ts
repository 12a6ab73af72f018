// Dawn in Node: the globals that WebGPU code expects (GPUBufferUsage and friends).
import { globals } from 'webgpu';

Object.assign(globalThis, globals);
