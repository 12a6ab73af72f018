// Terms of divergences between two distributions, four columns at once, from their probabilities and the logarithm of the ratio.

#import lib/logarithm

// Of a and b = a·e^x: a·(e^x − 1 − x), which is a term of KL(a‖b), and b − a. Where both are close, neither cancels.
struct Apart { term: vec4f, difference: vec4f }

fn apart(a: vec4f, b: vec4f, x: vec4f) -> Apart {
  let near = clamp(x, vec4f(-0.5), vec4f(0.5));
  let isNear = near == x;
  let rest = expMinus1MinusX(near);
  let difference = select(b - a, a * (near + rest), isNear);
  return Apart(select(difference - a * x, a * rest, isNear), difference);
}

// Of r = log(q/p) and m = β·p + (1−β)·q: log(m/p) and log(m/q), written so that neither exponential overflows.
struct Mixture { overP: vec4f, overQ: vec4f }

fn mixture(r: vec4f, beta: f32) -> Mixture {
  let isLess = r <= vec4f();
  let share = select(vec4f(beta), vec4f(1.0 - beta), isLess);
  let x = -abs(r);
  let near = max(x, vec4f(-0.5));
  let logs = logPlus1(share * select(exp(x) - 1.0, near + expMinus1MinusX(near), near == x));
  return Mixture(select(r + logs, logs, isLess), select(logs, logs - r, isLess));
}
