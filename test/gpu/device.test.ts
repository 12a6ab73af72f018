/** What a device is asked for: units for matrices when a person wishes it, subgroups on CPU adapters, neither unless offered. */
import { describe, expect, it } from 'vitest';
import { matricesFeature, requestDevice } from '../../src/engine/gpu/device';
import { fakeGpu, withMatrices } from '../support/fakeAdapter';

const all = [...withMatrices.features!];

describe('units for matrices', () => {
  it.each([
    ['neither offered nor wished', {}, false, 'none', []],
    ['wished, but not offered', {}, true, 'none', []],
    ['offered, but not wished', withMatrices, false, 'offered', []],
    ['offered and wished', withMatrices, true, 'on', all],
  ] as const)('%s', async (_what, offer, matrices, state, features) => {
    const { gpu, asked } = fakeGpu(offer);
    const { facts, device } = await requestDevice(gpu, { matrices });
    expect(facts.matrices).toBe(state);
    expect(asked).toEqual([features]);
    expect(device.features.has(matricesFeature)).toBe(state === 'on');
  });

  it('are not wished by whoever says nothing', async () => {
    const { gpu, asked } = fakeGpu(withMatrices);
    expect((await requestDevice(gpu)).facts.matrices).toBe('offered');
    expect(asked).toEqual([[]]);
  });

  it.each([
    ['without f16', { ...withMatrices, features: all.filter((name) => name !== 'shader-f16') }],
    ['without subgroups', { ...withMatrices, features: all.filter((name) => name !== 'subgroups') }],
    ['of subgroups of 64', { ...withMatrices, subgroup: 64 }],
    ['of eight rows', { ...withMatrices, config: { ...withMatrices.config, M: 8 } }],
    ['that sum in f16', { ...withMatrices, config: { ...withMatrices.config, resultComponentType: 'f16' } }],
    ['beside too little workgroup memory', { ...withMatrices, limit: 16_384 }],
    ['of nothing that is listed', { features: all }],
  ])('%s are none', async (_what, offer) => {
    const { gpu, asked } = fakeGpu(offer);
    expect((await requestDevice(gpu, { matrices: true })).facts.matrices).toBe('none');
    expect(asked).toEqual([[]]);
  });

  it('that cannot be opened are left off: the card is opened without them', async () => {
    const { gpu, asked } = fakeGpu({ ...withMatrices, fails: true });
    expect((await requestDevice(gpu, { matrices: true })).facts.matrices).toBe('offered');
    expect(asked).toEqual([all, []]);
  });
});

describe('subgroups', () => {
  it.each([
    ['a CPU adapter that has them', { description: 'SwiftShader driver', features: ['subgroups'] }, ['subgroups']],
    ['a CPU adapter without', { description: 'llvmpipe' }, []],
    ['a card', { features: ['subgroups'] }, []],
  ] as const)('of %s', async (_what, offer, features) => {
    const { gpu, asked } = fakeGpu(offer);
    const { device } = await requestDevice(gpu);
    expect(asked).toEqual([features]);
    expect(device.features.has('subgroups')).toBe(features.length > 0);
  });
});
