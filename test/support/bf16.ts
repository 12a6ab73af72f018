/** bf16 on the host, as the twins round and pack it. */
export { packBf16, roundBf16, unpackBf16 } from '../../src/engine/selfTest/bf16';
