// Dawn in Node: the globals that WebGPU code expects (GPUBufferUsage and friends); and what is to be done after every test.
import { afterEach } from 'vitest';
import { globals } from 'webgpu';
import { endTest } from './gpu';

Object.assign(globalThis, globals);
afterEach(endTest);
