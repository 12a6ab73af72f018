/** Seeded numbers for tests: those that the self-test computes with. */
export { normals, uniform } from '../../src/engine/selfTest/numbers';
