/** `linear.matrices` where no card has units for matrices: the same kernel, what the units do being done by invocations. */
import { shaderSources } from '../../shaders/index';
import { Gpu } from '../../src/engine/gpu/gpu';
import { Variants } from '../../src/engine/gpu/variants';
import unitsByHand from './unitsByHand.wgsl?raw';

const builtins = /@builtin\(subgroup_id\) subgroup: u32,\s+@builtin\(subgroup_invocation_id\) lane: u32,\n\) \{/;

/** Subgroups of 32, whatever the adapter's are. */
const counted = `) {
  lane = index % 32u;
  let subgroup = index / 32u;`;

/** `sources` of the shaders, with those changed that only such a card can compile. Throws where their text no longer fits. */
function withUnitsByHand(sources: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const changed = (path: string, what: RegExp, by: string): [string, string] => {
    const text = sources.get(path) ?? '';
    if (!what.test(text)) throw new Error(`shader ${path}: nothing looks like ${what}`);
    return [path, text.replace(what, by)];
  };
  return new Map([
    ...sources,
    changed('linear.matrices.wgsl', /(?:^(?:enable|requires) .*\n)+/m, ''),
    changed('lib/matricesForward.wgsl', builtins, counted),
    changed('lib/matricesBackward.wgsl', builtins, counted),
    ['lib/units.wgsl', unitsByHand],
  ]);
}

/** For which any device will do. */
export function gpuWithUnitsByHand(device: GPUDevice, software: boolean): Gpu {
  const gpu = new Gpu(device, withUnitsByHand(shaderSources), software);
  return Object.assign(gpu, { variants: new Variants(software, true) });
}
