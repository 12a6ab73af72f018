// WGSL may assume that NaN and infinity do not occur; only the bit pattern tells reliably.

fn isBroken(bits: u32) -> bool { return (bits & 0x7f800000u) == 0x7f800000u; }

// A NaN made at run time (as a constant it would not compile) when `broken`, else the value.
fn brokenOr(broken: bool, value: f32) -> f32 {
  return bitcast<f32>(select(bitcast<u32>(value), 0x7fc00000u, broken));
}
