// Functions that Math lacks, or computes otherwise than Python: ports of numbers/special.py and of the domain of doubles.
const special = (() => {
"use strict";
const {PI, abs, exp, log, log1p, sqrt, pow, floor} = Math;
const MOST = Number.MAX_VALUE, BERNOULLI = [1/6, -1/30, 1/42, -1/30, 5/66, -691/2730, 7/6, -3617/510, 43867/798, -174611/330];
const ROOT = 1.4616321449683622, ROOT_REST = 9.549995429965697e-17, HIGHEST = 100;
const once = make => { let made; return () => made ??= make(); };
const factorial = n => { let f = 1; for (let k = 2; k <= n; k++) f *= k; return f; };

// ---- choices, and powers at the edges, as IEEE 754 and NumPy have them
const fold = beats => (...xs) => xs.some(x => x !== x) ? NaN : xs.reduce((best, x) => beats(x, best) ? x : best);
const largest = fold((x, best) => x > best), smallest = fold((x, best) => x < best);
const defined = (value, where) => where === where ? value + 0 : where;
const finite = x => x > MOST ? MOST : x < -MOST ? -MOST : x;
const root = x => sqrt(x) + 0;
function power(a, b) {
  if (a === 1 || b === 0) return 1;
  if (a === -1 && abs(b) === Infinity) return 1;
  return pow(a, b);
}
const exp2 = x => pow(2, x);

// ---- erf: a series whose terms all have one sign, and beyond 2 the continued fraction of erfc
function erf(x) {
  if (x !== x) return x;
  const size = abs(x);
  if (size >= 2) return x > 0 ? 1 - tail(size) : tail(size) - 1;
  let term = x, total = x;
  for (let n = 1; abs(term) > 1e-19 * abs(total); n++) total += term *= 2 * x * x / (2 * n + 1);
  return 2 / sqrt(PI) * exp(-x * x) * total;
}
function erfc(x) {
  if (x !== x) return x;
  return x < 0.25 ? 1 - erf(x) : x < 2 ? 1 - erf(x) : tail(x);
}
function tail(x) {
  if (x > 27.3) return 0;
  let down = 0;
  for (let n = 160; n > 0; n--) down = n / 2 / (x + down);
  const high = Math.fround(x), low = x - high;
  return exp(-high * high) * exp(-low * (x + high)) / (x + down) / sqrt(PI);
}

// ---- Γ and its logarithm
function stirling(x) {
  let rest = 0, over = 1 / x;
  BERNOULLI.forEach((b, j) => { rest += b * over / ((2 * j + 1) * (2 * j + 2)); over /= x * x; });
  return rest;
}
function gamma(x) {
  if (x !== x || x === Infinity) return x;
  if (x === 0) return Infinity * (Object.is(x, -0) ? -1 : 1);
  if (x === floor(x)) return x < 0 ? NaN : x > 171 ? Infinity : factorial(x - 1);
  if (x < -190) return Object.is(floor(x) % 2, -0) || floor(x) % 2 === 0 ? 0 : -0;
  if (x < -170) { let product = 1; while (x < -170) product *= x++; return gamma(x) / product; }
  if (x < 0.5) return PI / (sinpi(x) * gamma(1 - x));
  if (x > 171.7) return Infinity;
  let product = 1;
  while (x < 12) product *= x++;
  const half = pow(x, x / 2 - 0.25);
  return half * exp(-x) * half * sqrt(2 * PI) * exp(stirling(x)) / product;
}
const lgammaSeries = once(() => [0.42278433509846713, ...Array.from({length: 28}, (_, i) => (i % 2 ? -1 : 1) * hurwitz(i + 2, 2) / (i + 2))]);
function lgammaAtTwo(e) { return lgammaSeries().reduceRight((total, c) => (total + c) * e, 0); }
function lgamma(x) {
  if (x !== x) return x;
  if (abs(x) === Infinity || (x <= 0 && x === floor(x))) return Infinity;
  if (x >= 0.5 && x < 1.5) return lgammaAtTwo(x - 1) - log1p(x - 1);
  if (x >= 1.5 && x <= 2.5) return lgammaAtTwo(x - 2);
  if (x < 0) return log(PI / abs(x * sinpi(x))) - lgamma(-x);
  if (x < 0.5) return lgamma(1 + x) - log(x);
  let product = 1;
  while (x < 10) product *= x++;
  return (x - 0.5) * (log(x) - 1) - 0.5 + 0.5 * log(2 * PI) + stirling(x) - log(product);
}

// ---- ψ and its derivatives
function hurwitz(s, q) {
  let total = 0;
  const end = Math.max(q, 10 + s);
  for (; q < end; q++) total += pow(q, -s);
  let term = pow(q, 1 - s), rest = term / (s - 1) + term / q / 2, factor = s * term / q / q / 2;
  BERNOULLI.forEach((b, j) => {
    rest += b * factor;
    factor *= (s + 2 * j + 1) * (s + 2 * j + 2) / ((2 * j + 3) * (2 * j + 4)) / q / q;
  });
  return total + rest;
}
const digammaSeries = once(() => Array.from({length: 32}, (_, i) => (i % 2 ? -1 : 1) * hurwitz(i + 2, ROOT + ROOT_REST)));
function positiveDigamma(x) {
  if (abs(x - ROOT) < 0.45) {
    const step = (x - ROOT) - ROOT_REST;
    return digammaSeries().reduceRight((total, c) => (total + c) * step, 0);
  }
  let total = 0, over = 1;
  for (; x < 10; x++) total -= 1 / x;
  let rest = log(x) - 0.5 / x;
  BERNOULLI.forEach((b, j) => { over /= x * x; rest -= b * over / (2 * j + 2); });
  return total + rest;
}
function positivePolygamma(n, x) {
  return n === 0 ? positiveDigamma(x) : (n % 2 ? 1 : -1) * factorial(n) * hurwitz(n + 1, x);
}
function polygamma(n, x) {
  if (!(n >= 0 && n <= HIGHEST) || n !== floor(n) || x !== x) return NaN;
  if (x === 0) return n % 2 || Object.is(x, -0) ? Infinity : -Infinity;
  if (x > 0) return positivePolygamma(n, x);
  return x === floor(x) ? NaN : (n % 2 ? -1 : 1) * positivePolygamma(n, 1 - x) - cotDerivative(n, x);
}
const digamma = x => polygamma(0, x);
function cotDerivative(n, x) {
  let rows = [0, 1];
  for (let k = 0; k < n; k++) {
    const slope = rows.slice(1).map((a, i) => (i + 1) * a);
    rows = Array.from({length: slope.length + 2}, (_, i) => -(slope[i] ?? 0) - (slope[i - 2] ?? 0));
  }
  const c = cospi(x) / sinpi(x);
  return pow(PI, n + 1) * rows.reduceRight((value, a) => value * c + a, 0);
}

// ---- around sin(πx)
const even = x => { const down = floor(x), rest = x - down; return rest > 0.5 || (rest === 0.5 && down % 2) ? down + 1 : down; };
function turned(x, quarters) {
  x %= 2;
  const near = even(2 * x), rest = PI * (x - near / 2);
  return [Math.sin(rest), Math.cos(rest), -Math.sin(rest), -Math.cos(rest)][(((near + quarters) % 4) + 4) % 4];
}
const sinpi = x => turned(x, 0), cospi = x => turned(x, 1);
function sinc(n, x) {
  if (!(n >= 0 && n <= HIGHEST) || n !== floor(n) || x !== x) return NaN;
  const z = PI * x;
  if (abs(z) < n + 2) return pow(PI, n) * sincSeries(n, z);
  const s = sinpi(x), c = cospi(x), turns = [s, c, -s, -c];
  let value = s / z;
  for (let j = 1; j <= n; j++) value = (turns[j % 4] - j * value) / z;
  return pow(PI, n) * value;
}
function sincSeries(n, z) {
  let k = floor((n + 1) / 2), term = (n % 2 ? z : 1) * (k % 2 ? -1 : 1) / (2 * k + 1) / factorial(2 * k - n), total = term;
  while (total + term !== total || (term === total && total !== 0)) {
    term *= -z * z * (2 * k + 1) / ((2 * k + 3) * (2 * k + 2 - n) * (2 * k + 1 - n));
    k += 1;
    total += term;
  }
  return total;
}
function exp_bend(t) {
  if (!(abs(t) <= 0.5)) return t >= 700 ? -Infinity : exp(t) * (1 - t) - 1;
  let total = 0, term = -t * t / 2, k = 2;
  while (total + term !== total) { total += term; term *= t * k / ((k - 1) * (k + 1)); k += 1; }
  return total;
}
return {largest, smallest, defined, finite, sqrt: root, power, exp2, erf, erfc, gamma, lgamma, digamma, polygamma, sinc, exp_bend};
})();
