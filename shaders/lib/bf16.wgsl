// bf16 as it lies in a safetensors file: two values per little-endian word, the even one in the low half.

fn bf16Low(word: u32) -> f32 { return bitcast<f32>(word << 16u); }
fn bf16High(word: u32) -> f32 { return bitcast<f32>(word & 0xffff0000u); }

// Round to nearest even; the value must be finite.
fn toBf16(value: f32) -> u32 {
  let u = bitcast<u32>(value);
  return (u + 0x7fffu + ((u >> 16u) & 1u)) >> 16u;
}
