// Exponentials and logarithms near 1, four at once. There the built-in log is only good to 2⁻²¹ absolute, and e^x − 1 cancels.

// e^x − 1 − x, for |x| ≤ 0.5: its series, with the last two coefficients fitted there (least squares of the relative error, which
// stays below 2⁻²⁷). The series alone takes a term more for that.
fn expMinus1MinusX(x: vec4f) -> vec4f {
  let tail = 1.0 / 120.0 + x * (1.0 / 720.0 + x * (1.99045e-4 + x * 2.4860e-5));
  return x * x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * tail)));
}

// log(1 + y), for y > -1: 1 + y = 2^k · (1 + f) with 1 + f in [√½, √2), then 2·atanh(f / (2 + f)).
fn logPlus1(y: vec4f) -> vec4f {
  let shifted = bitcast<vec4u>(1.0 + y) - 0x3f3504f3u + 0x3f800000u;
  let k = vec4i(shifted >> vec4u(23u)) - 127;
  let reduced = bitcast<vec4f>((shifted & vec4u(0x007fffffu)) + 0x3f3504f3u) - 1.0;
  let f = select(reduced, y, k == vec4i(0));
  let s = f / (2.0 + f);
  let t = s * s;
  let series = 1.0 + t * (1.0 / 3.0 + t * (1.0 / 5.0 + t * (1.0 / 7.0 + t * (1.0 / 9.0 + t * (1.0 / 11.0)))));
  return vec4f(k) * 0.693147180559945 + 2.0 * s * series;
}
