// Exponentials and logarithms near 1, where the built-in log is only good to 2⁻²¹ absolute and e^x − 1 cancels.

// e^x for x ≤ 0; below -80 the result (1.8e-35) no longer counts in any sum.
fn decay(x: f32) -> f32 { return exp(max(x, -80.0)); }

// e^x − 1, for |x| < 0.5
fn expMinus1(x: f32) -> f32 {
  let tail = 1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0 * (1.0 + x / 8.0)));
  return x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * tail)));
}

// e^x − 1 − x, for |x| < 0.5
fn expMinus1MinusX(x: f32) -> f32 {
  let tail = 1.0 + x / 6.0 * (1.0 + x / 7.0 * (1.0 + x / 8.0 * (1.0 + x / 9.0)));
  return 0.5 * x * x * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * tail)));
}

// log(1 + y), for y > -1: 1 + y = 2^k · (1 + f) with 1 + f in [√½, √2), then 2·atanh(f / (2 + f)).
fn logPlus1(y: f32) -> f32 {
  let shifted = bitcast<u32>(1.0 + y) - 0x3f3504f3u + 0x3f800000u;
  let k = i32(shifted >> 23u) - 127;
  let reduced = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  let f = select(reduced, y, k == 0);
  let s = f / (2.0 + f);
  let t = s * s;
  let series = 1.0 + t * (1.0 / 3.0 + t * (1.0 / 5.0 + t * (1.0 / 7.0 + t * (1.0 / 9.0 + t / 11.0))));
  return f32(k) * 0.693147180559945 + 2.0 * s * series;
}
