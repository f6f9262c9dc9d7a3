"""Every row of the table of array operations, against NumPy, differences at 90 digits, and the rows written out by entries.

A reference is a function over NumPy that knows nothing of the package; with arrays of mpmath numbers it is the same
function at any number of digits.
"""

from __future__ import annotations

import math
import random

import mpmath
import numpy as np
import pytest
import sympy

import graphviz_bp as bp
from graphviz_bp.graph.variables import Variable
from graphviz_bp.numbers import digits
from graphviz_bp.operations import OPERATIONS, f

mp = mpmath.mp
ROWS_OF_ARRAYS = {name for name, row in OPERATIONS.items() if not row.elementwise}


def each(function):
    """A function of numbers on arrays of them."""
    return lambda x: np.vectorize(function, otypes=[object])(x)


exp, log, sqrt = each(mp.exp), each(mp.log), each(mp.sqrt)


def soft(x, axis=-1):
    e = exp(x)
    return e / e.sum(axis=axis, keepdims=True)


def mean(x, axis=None, keepdims=False):
    return np.sum(x, axis=axis, keepdims=keepdims) / (np.size(x) / np.size(np.sum(x, axis=axis)))


def var(x, axis=None, keepdims=False, ddof=0):
    n = np.size(x) // np.size(np.sum(x, axis=axis))
    return np.sum((x - mean(x, axis, True)) ** 2, axis=axis, keepdims=keepdims) / (n - ddof)


def det(x):
    return sum((-1) ** j * x[0, j] * det(np.delete(x[1:], j, 1)) for j in range(len(x))) if len(x) > 1 else x[0, 0]


def inv(x):
    n = len(x)
    cofactors = [[(-1) ** (i + j) * (det(np.delete(np.delete(x, i, 0), j, 1)) if n > 1 else 1) for i in range(n)] for j in range(n)]
    return np.array(cofactors, dtype=x.dtype) / det(x)


def conv2d(x, k, b=None, stride=(1, 1), padding=(0, 0)):
    """The definition: six loops."""
    while x.ndim < 4:
        x = x[None]
    while k.ndim < 4:
        k = k[None]
    x = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    out = [(x.shape[2 + a] - k.shape[2 + a]) // stride[a] + 1 for a in (0, 1)]
    y = np.zeros((len(x), len(k), *out), dtype=object)
    for n, o, p, q in np.ndindex(*y.shape):
        for c, i, j in np.ndindex(*k.shape[1:]):
            y[n, o, p, q] += x[n, c, p * stride[0] + i, q * stride[1] + j] * k[o, c, i, j]
        y[n, o, p, q] += 0 if b is None else b[o]
    return y


def conv1d(x, k, b=None, stride=1, padding=0):
    y = conv2d(x[..., None, :], k[..., None, :], b, (1, stride), (0, padding))
    return y[..., 0, :]


def pooled(best, x, k, s=None, p=0):
    s = s or k
    rows, columns = ((n + 2 * p - k) // s + 1 for n in x.shape[-2:])
    y = np.zeros((*x.shape[:-2], rows, columns), dtype=object)
    for *lead, i, j in np.ndindex(*y.shape):
        y[(*lead, i, j)] = best([x[(*lead, a, b)] for a in range(i * s - p, i * s - p + k) for b in range(j * s - p, j * s - p + k)
                                 if 0 <= a < x.shape[-2] and 0 <= b < x.shape[-1]])  # fmt: skip
    return y


def transposed(forward, *given, slot, shape):
    """The adjoint of a bilinear function by its definition: what each unit of the operand contributes."""
    out = np.zeros(shape, dtype=object)
    for index in np.ndindex(*shape):
        unit = np.zeros(shape)
        unit[index] = 1
        g, other = given
        out[index] = np.sum(forward(*((unit, other) if slot == 0 else (other, unit))) * g.reshape(forward(*((unit, other) if slot == 0 else (other, unit))).shape))
    return out


def winners(x, k, h=None, g=None):
    """For pooling without overlap: g placed at, or h taken from, the largest entry of each window."""
    out = np.zeros(x.shape if g is not None else (x.shape[0] // k, x.shape[1] // k), dtype=object)
    for i, j in np.ndindex(x.shape[0] // k, x.shape[1] // k):
        window = x[i * k : i * k + k, j * k : j * k + k]
        a, b = np.unravel_index(np.argmax(window), window.shape)
        if g is not None:
            out[i * k + a, j * k + b] = g[i, j]
        else:
            out[i, j] = h[i * k + a, j * k + b]
    return out


def cross_entropy(z, y):
    y = np.eye(z.shape[-1])[y.astype(int)] if y.shape != z.shape else y
    return -np.sum(y * (z - log(np.sum(exp(z), axis=-1, keepdims=True)))) / math.prod(z.shape[:-1])


def standardize(x, axis):
    return (x - mean(x, axis, True)) / sqrt(var(x, axis, True) + mp.mpf("0.00001"))


def batch_norm(x, gamma, beta):
    fit = (1, -1, 1, 1) if x.ndim == 4 else (1, -1)
    return standardize(x, (0, 2, 3) if x.ndim == 4 else 0) * gamma.reshape(fit) + beta.reshape(fit)


def huber(a, b, d):
    return mean(each(lambda e: e * e / 2 if abs(e) < d else d * (abs(e) - d / 2))(a - b))


def positive(x):
    return abs(x) / 2


def share(x):
    return abs(x) / 4 + 0.125


def simplex(x):
    """Rows of eighths and more that sum to 1 exactly."""
    out = np.full(x.shape, 0.25)
    out[..., 0] = 1 - 0.25 * (x.shape[-1] - 1)
    return out


def diagonal(x):
    return x + 4 * np.eye(len(x))


def classes(y):
    return np.arange(y.size).reshape(y.shape) % 2


PLACED = {"shape": (2, 3), "key": (1, ("slice", 0, 2, None))}
# name, facts, shapes, the reference, and for some operands what makes fit values of drawn ones
TABLE = [
    ("matmul", {}, [(2, 3), (3, 2)], np.matmul), ("matmul", {}, [(2, 3), (3,)], np.matmul), ("matmul", {}, [(3,), (3, 2)], np.matmul),
    ("matmul", {}, [(3,), (3,)], np.matmul), ("matmul", {}, [(2, 2, 1), (1, 3)], np.matmul), ("matmul", {}, [(2,), (2, 2, 1)], np.matmul),
    ("matmul", {}, [(2, 1, 2), (2,)], np.matmul), ("outer", {}, [(2,), (3,)], np.multiply.outer), ("dot", {}, [(3,), (3,)], np.dot),
    ("transpose", {}, [(2, 3)], np.transpose), ("transpose", {"axes": (1, 2, 0)}, [(2, 1, 2)], lambda x: np.transpose(x, (1, 2, 0))),
    ("sum", {}, [(2, 3)], np.sum), ("sum", {"axis": 0}, [(2, 3)], lambda x: x.sum(axis=0)), ("sum", {"axis": -1, "keepdims": True}, [(2, 3)], lambda x: x.sum(axis=-1, keepdims=True)),
    ("sum", {"axis": (0, 2)}, [(2, 1, 2)], lambda x: x.sum(axis=(0, 2))), ("mean", {}, [(2, 3)], np.mean), ("mean", {"axis": 1}, [(2, 3)], lambda x: x.mean(axis=1)),
    ("var", {}, [(2, 2)], var), ("var", {"axis": 0, "ddof": 1}, [(3, 2)], lambda x: var(x, 0, ddof=1)), ("var", {"axis": 1, "keepdims": True}, [(2, 2)], lambda x: var(x, 1, True)),
    ("max_along", {}, [(2, 3)], np.max), ("max_along", {"axis": 0}, [(3, 2)], lambda x: np.max(x, axis=0)), ("min_along", {"axis": 1, "keepdims": True}, [(2, 3)], lambda x: np.min(x, axis=1, keepdims=True)),
    ("logsumexp_along", {}, [(2, 2)], lambda x: log(np.sum(exp(x)))), ("logsumexp_along", {"axis": 0}, [(2, 2)], lambda x: log(np.sum(exp(x), axis=0))),
    ("logsumexp_along", {"axis": (0, 1), "keepdims": True}, [(2, 2)], lambda x: log(np.sum(exp(x), axis=(0, 1), keepdims=True))),
    ("norm", {}, [(2, 2)], lambda x: sqrt(np.sum(x * x))), ("norm", {"axis": 1}, [(2, 2)], lambda x: sqrt(np.sum(x * x, axis=1))),
    ("cumsum", {}, [(4,)], np.cumsum), ("cumsum", {"axis": 1, "reverse": True}, [(2, 3)], lambda x: np.cumsum(x[:, ::-1], axis=1)[:, ::-1]),
    ("reshape", {"shape": (3, 2)}, [(2, 3)], lambda x: x.reshape(3, 2)),
    ("index", {"key": (1,)}, [(2, 3)], lambda x: x[1]), ("index", {"key": ((0, 0, 1), (2, 2, 0))}, [(2, 3)], lambda x: x[[0, 0, 1], [2, 2, 0]]),
    ("place", PLACED, [(2,)], lambda x: np.concatenate([0 * x, 0 * x[:1], x, 0 * x[:1]]).reshape(2, 3)),
    ("broadcast_to", {"shape": (2, 3)}, [(3,)], lambda x: np.broadcast_to(x, (2, 3))), ("sum_to", {"shape": (2, 1)}, [(2, 3)], lambda x: x.sum(axis=1, keepdims=True)),
    ("concat", {"axis": 1}, [(2, 1), (2, 2)], lambda a, b: np.concatenate([a, b], axis=1)), ("concat", {"axis": 0}, [(1,), (2,), (1,)], lambda *xs: np.concatenate(xs)),
    ("stack", {"axis": 0}, [(2,), (2,)], lambda *xs: np.stack(xs)), ("stack", {"axis": -1}, [(2, 1), (2, 1)], lambda *xs: np.stack(xs, axis=-1)),
    ("diag", {}, [(3,)], lambda x: x * np.eye(3)), ("diag", {}, [(2, 2)], np.diagonal), ("trace", {}, [(3, 3)], np.trace),
    ("det", {}, [(1, 1)], det), ("det", {}, [(3, 3)], det), ("cofactors", {}, [(2, 2)], lambda x: det(x) * inv(x).T), ("cofactors", {}, [(3, 3)], lambda x: det(x) * inv(x).T, diagonal), ("inv", {}, [(2, 2)], inv), ("inv", {}, [(3, 3)], inv, diagonal), ("logdet", {}, [(2, 2)], lambda x: log(det(x)), diagonal),
    ("conv1d", {}, [(5,), (2,)], lambda x, k: conv1d(x, k)[0, 0]), ("conv1d", {"stride": 2, "padding": 1}, [(2, 4), (1, 2, 3), (1,)], lambda x, k, b: conv1d(x, k, b, 2, 1)[0]),
    ("conv1d_image", {"shape": (4,)}, [(2,), (3,)], lambda g, k: transposed(lambda x, k: conv1d(x, k)[0, 0], g, k, slot=0, shape=(4,))),
    ("conv1d_kernel", {"shape": (2,)}, [(3,), (2,)], lambda x, g: transposed(lambda x, k: conv1d(x, k)[0, 0], g, x, slot=1, shape=(2,))),
    ("conv2d", {}, [(3, 3), (2, 2)], lambda x, k: conv2d(x, k)[0, 0]), ("conv2d", {"stride": 2, "padding": 1}, [(2, 3, 3), (1, 2, 2, 2), (1,)], lambda x, k, b: conv2d(x, k, b, (2, 2), (1, 1))[0]),
    ("conv2d", {"stride": (1, 2), "padding": (1, 0)}, [(2, 1, 2, 3), (2, 1, 2, 2), (2,)], lambda x, k, b: conv2d(x, k, b, (1, 2), (1, 0))),
    ("conv2d_image", {"shape": (2, 2), "padding": 1}, [(3, 3), (2, 2)], lambda g, k: transposed(lambda x, k: conv2d(x, k, padding=(1, 1))[0, 0], g, k, slot=0, shape=(2, 2))),
    ("conv2d_kernel", {"shape": (2, 2), "stride": 2}, [(4, 4), (2, 2)], lambda x, g: transposed(lambda x, k: conv2d(x, k, stride=(2, 2))[0, 0], g, x, slot=1, shape=(2, 2))),
    ("maxpool", {"size": 2}, [(2, 2, 4)], lambda x: pooled(max, x, 2)), ("maxpool", {"size": 3, "stride": 2, "padding": 1}, [(3, 4)], lambda x: pooled(max, x, 3, 2, 1)),
    ("maxpool_image", {"size": 2}, [(1, 2), (2, 4)], lambda g, x: winners(x, 2, g=g)), ("maxpool_taken", {"size": 2}, [(2, 4), (2, 4)], lambda h, x: winners(x, 2, h=h)),
    ("avgpool", {"size": 2, "stride": 1}, [(2, 3)], lambda x: pooled(lambda e: sum(e) / 4, x, 2, 1)), ("avgpool", {"size": 2, "padding": 1}, [(2, 2)], lambda x: pooled(lambda e: sum(e) / 4, x, 2, 2, 1)),
    ("avgpool_image", {"shape": (2, 4), "size": 2}, [(1, 2)], lambda g: np.repeat(np.repeat(g, 2, 0), 2, 1) / 4),
    ("softmax", {"axis": -1}, [(2, 2)], soft), ("softmax", {"axis": 0}, [(3, 1)], lambda x: soft(x, 0)), ("log_softmax", {"axis": -1}, [(2, 2)], lambda x: log(soft(x))),
    ("cross_entropy", {}, [(3,), (3,)], cross_entropy, None, simplex), ("cross_entropy", {}, [(2, 2), (2, 2)], cross_entropy, None, simplex), ("cross_entropy", {}, [(2, 2), (2,)], cross_entropy, None, classes),
    ("kl", {}, [(2,), (2,)], lambda p, q: np.sum(p * log(p / q)), positive, positive), ("kl", {}, [(2, 2), (2, 2)], lambda p, q: np.sum(p * log(p / q)) / 2, positive, positive),
    ("mse", {}, [(2, 2), (2, 2)], lambda a, b: mean((a - b) ** 2)), ("l1", {}, [(3,), (3,)], lambda a, b: mean(abs(a - b)), lambda x: x * 4), ("huber", {}, [(3,), (3,)], lambda a, b: huber(a, b, 1), lambda x: x * 4),
    ("huber", {"delta": 4}, [(2,), (2,)], lambda a, b: huber(a, b, 4)), ("hinge", {}, [(3,), (3,)], lambda s, y: mean(each(lambda m: max(0, 1 - m))(s * y))),
    ("binary_cross_entropy", {}, [(3,), (3,)], lambda p, y: -mean(y * log(p) + (1 - y) * log(1 - p)), share, share),
    ("standardize", {"axis": -1}, [(2, 3)], lambda x: standardize(x, -1)), ("layer_norm", {}, [(2, 2), (2,), (2,)], lambda x, g, b: standardize(x, -1) * g + b),
    ("layer_norm", {}, [(3,)], lambda x: standardize(x, -1)), ("batch_norm", {}, [(3, 2), (2,), (2,)], batch_norm), ("batch_norm", {}, [(2, 1, 1, 2), (1,), (1,)], batch_norm),
]  # fmt: skip
FLAT = {  # rows that nothing flows back through
    "argmax_share": (np.array([[1.0, 3.0, 3.0]]), np.array([[0, 0.5, 0.5]])), "argmin_share": (np.array([2.0, 1.0]), np.array([0, 1])),
    "one_hot": (np.array([2, 0]), np.eye(3)[[2, 0]]),
}  # fmt: skip
FACTS_OF_FLAT = {"one_hot": {"classes": 3}}


def test_every_array_operation_is_in_the_tables_above():
    assert {name for name, *_ in TABLE} | {*FLAT} == ROWS_OF_ARRAYS


def drawn(shape, seed):
    """Small integers over 8, none of them 0 and few of them equal: exact in doubles, and nothing cancels by accident."""
    generator = random.Random(f"{shape} {seed}")
    found = generator.sample([n / 8 for n in range(-15, 16, 2)], min(math.prod(shape), 16))
    return np.array([*found, *found][: math.prod(shape)]).reshape(shape)


def case(row):
    """A row of the table with its operands' values."""
    name, facts, shapes, reference, *fit = row
    fit = [*fit, *[None] * len(shapes)]
    given = [drawn(shape, i) for i, shape in enumerate(shapes)]
    return name, facts, [x if how is None else how(x) for x, how in zip(given, fit, strict=False)], reference


def named_case(row):
    return f"{row[0]} {row[2]}"


def variables_of(given):
    names = [f"x{i}" for i in range(len(given))]
    return names, bp.inputs(*names, **{name: x.shape for name, x in zip(names, given, strict=True)})


@pytest.mark.parametrize("row", TABLE, ids=named_case)
def test_every_value_is_the_references_in_doubles_and_at_forty_digits(row):
    name, facts, given, reference = case(row)
    names, variables = variables_of(given)
    graph = bp.graph(getattr(f, name)(*variables, **facts).named("y"))
    with mp.workdps(60):
        expected = np.asarray(reference(*map(of_digits, given)) if name != "cross_entropy" else reference(of_digits(given[0]), given[1]))
        run = graph.backprop(dict(zip(names, given, strict=True)), seed=np.ones(graph["y"].shape) if graph["y"].shape else 1)
        found = np.asarray(run.values["y"])
        assert found.shape == expected.shape == graph["y"].shape
        for index in np.ndindex(*found.shape):
            assert abs(found[index] - expected[index]) <= 1e-14 * max(1, abs(expected[index]))
        m = digits(40)
        exact = np.asarray(OPERATIONS[name].at(m, *map(m.number, given), **{**dict(OPERATIONS[name].defaults), **facts}))
        for index in np.ndindex(*found.shape):
            assert abs(mp.mpf(exact[index]) - expected[index]) <= mp.mpf(10) ** -37 * max(1, abs(expected[index]))


@pytest.mark.parametrize("row", [row for row in TABLE if OPERATIONS[row[0]].meaning and not set(row[1]) - {"axis"}], ids=named_case)
def test_what_a_row_is_said_to_mean_over_simpler_ones_is_its_value(row):
    name, facts, given, _ = case(row)
    if facts.get("axis", -1) != -1 or any(x.shape != given[0].shape for x in given):
        return  # the meaning is told for the last axis, and for probabilities
    names, variables = variables_of(given)
    values = dict(zip(names, given, strict=True))
    y, told = getattr(f, name)(*variables, **facts).named("y"), OPERATIONS[name].meaning(*variables).named("told")
    run = bp.graph(f.sum((y - told) ** 2)).backprop(values)
    assert run.values["told"] == pytest.approx(run.values["y"], rel=1e-14)


@pytest.mark.parametrize("name", FLAT)
def test_through_a_choice_itself_nothing_flows_back(name):
    given, expected = FLAT[name]
    (x,) = bp.inputs("x", x=given.shape)
    facts = FACTS_OF_FLAT.get(name, {})
    run = bp.graph(getattr(f, name)(x, **facts).named("y")).backprop({"x": given}, seed=np.ones(expected.shape))
    assert (run.values["y"] == expected).all()
    assert not np.any(run.gradients["x"])


def of_digits(array):
    return np.vectorize(mp.mpf, otypes=[object])(array)


def weighted(function, xs, weights):
    return np.sum(np.asarray(function(*xs)) * weights)


def moved(xs, *steps):
    out = [x.copy() for x in xs]
    for slot, index, step in steps:
        out[slot][index] += step
    return out


@pytest.mark.parametrize("row", TABLE, ids=named_case)
def test_every_pull_and_the_pull_of_every_pull_agree_with_differences(row):
    name, facts, given, reference = case(row)
    operation = OPERATIONS[name]
    names, variables = variables_of(given)
    out = getattr(f, name)(*variables, **facts)
    whole = [name == "cross_entropy" and x.shape != given[0].shape for x in given]  # classes are no place to step from
    weights = drawn(out.shape, "weights")
    with mp.workdps(90):
        xs = [x if w else of_digits(x) for x, w in zip(given, whole, strict=True)]
        h = mp.mpf(10) ** -25
        for slot, x in enumerate(given):
            if whole[slot] or not operation.flows(slot):
                continue
            _, variables = variables_of(given)
            out = getattr(f, name)(*variables, **facts)
            spread = f.broadcast_to(variables[0][(0,) * given[0].ndim] * 0 + 1, shape=out.shape) if out.shape else 1
            g = spread * weights if out.shape else Variable(out.tape, out.tape.constant(float(weights)))
            back = operation.pull(slot, g, out, *variables, **{**dict(operation.defaults), **facts})
            second = drawn(x.shape, "second")
            run = bp.graph(f.sum(back * second).named("s")).backprop(dict(zip(names, given, strict=True)))

            def slope(points, slot=slot, x=x, second=second):
                """The change along `second` of the weighted output."""
                ahead, behind = ([p + sign * h * second if i == slot else p for i, p in enumerate(points)] for sign in (1, -1))
                return (weighted(reference, ahead, weights) - weighted(reference, behind, weights)) / (2 * h)

            assert abs(run.values["s"] - slope(xs)) <= 1e-12 * max(1, abs(run.values["s"]))
            for other, size in enumerate(x.shape for x in given):
                for i in np.ndindex(*size) if not whole[other] else ():
                    expected = (slope(moved(xs, (other, i, h))) - slope(moved(xs, (other, i, -h)))) / (2 * h)
                    assert abs(run.gradients[names[other]][i] - expected) <= 1e-11 * max(1, abs(expected))


@pytest.mark.parametrize("row", TABLE, ids=named_case)
def test_carrying_a_change_forward_is_the_adjoint_of_handing_a_gradient_back(row):
    name, facts, given, _ = case(row)
    names, variables = variables_of(given)
    graph = bp.graph(getattr(f, name)(*variables, **facts).named("y"))
    g = drawn(graph["y"].shape, "back")
    run = graph.backprop(dict(zip(names, given, strict=True)), seed=g)
    for parent, x in zip(names, given, strict=True):
        change = drawn(x.shape, "change")
        forth = graph.tangent({parent: change}, dict(zip(names, given, strict=True)))["y"]
        there, back = np.sum(np.asarray(forth) * g), np.sum(np.asarray(run.gradients[parent]) * change)
        assert there == pytest.approx(back, rel=1e-11, abs=1e-12)


# -- the same rows written out by entries, differentiated by SymPy

CHOOSES = {name for name in ROWS_OF_ARRAYS if OPERATIONS[name].rule == "choice"} | {"l1", "huber", "hinge"}
LONG = ("inv [(3, 3)]", "cofactors [(3, 3)]", "standardize [(2, 3)]", "batch_norm [(3, 2)", "maxpool [")  # for SymPy


def taken(rows):
    return [pytest.param(row, marks=pytest.mark.slow if named_case(row).startswith(LONG) else (), id=named_case(row)) for row in rows]


def summed(row):
    """Σ weights ⊙ row(...), with the names of the operands; classes are constants."""
    name, facts, given, _ = case(row)
    names, variables = variables_of(given)
    operands = [x.astype(int).tolist() if name == "cross_entropy" and x.shape != given[0].shape else v for x, v in zip(given, variables, strict=True)]
    y = getattr(f, name)(*operands, **facts)
    weights = (8 * drawn(y.shape, "weights")).astype(int)
    kept = [v is o for v, o in zip(variables, operands, strict=True)]
    return bp.graph(f.sum(y * weights.tolist()).named("s")), names[: sum(kept)], given[: sum(kept)]


def entries_of(graph, name):
    return [(index, "_".join([name, *(str(i + 1) for i in index)])) for index in np.ndindex(*graph[name].shape)]


@pytest.mark.parametrize("row", taken(row for row in TABLE if row[0] not in CHOOSES))
def test_every_gradient_is_proved_against_the_written_out_row_differentiated_by_sympy(row):
    graph, names, _ = summed(row)
    written_out = graph.scalars().to_sympy()
    gradients = graph.backprop().gradients
    for name in names:
        for index, entry in entries_of(graph, name):
            expected = sympy.diff(written_out, sympy.Symbol(entry, real=True))
            assert is_zero(sympy.sympify(gradients[name][index]) - expected), (entry, gradients[name][index], expected)


def is_zero(difference):
    """Proved: over one denominator, with a symbol for every root, the numerator is 0."""
    roots = {}
    plain = difference.replace(lambda e: isinstance(e, sympy.Piecewise), lambda e: e.args[-1][0])  # but for single points
    plain = plain.replace(
        lambda e: e.is_Pow and e.exp.is_Rational and e.exp.q == 2,
        lambda e: roots.setdefault(sympy.expand(e.base), sympy.Dummy()) ** (2 * e.exp),
    )
    numerator = sympy.expand(sympy.numer(sympy.together(plain)))
    for base, root in roots.items():
        numerator = sympy.rem(numerator, root**2 - base, root)
    return sympy.expand(numerator) == 0 or sympy.simplify(plain) == 0


@pytest.mark.parametrize("row", taken(row for row in TABLE if row[0] in CHOOSES))
def test_rows_that_choose_agree_with_sympy_where_no_two_entries_are_equal(row):
    graph, names, given = summed(row)
    written_out = graph.scalars().to_sympy()
    run = graph.backprop(dict(zip(names, given, strict=True)))
    point = {sympy.Symbol(entry, real=True): sympy.Rational(x[index])
             for name, x in zip(names, given, strict=True) for index, entry in entries_of(graph, name)}  # fmt: skip
    assert float(written_out.subs(point)) == pytest.approx(float(run.values["s"]), rel=1e-14)
    for name in names:
        for index, entry in entries_of(graph, name):
            expected = sympy.diff(written_out, sympy.Symbol(entry, real=True)).subs(point)
            assert float(expected) == pytest.approx(float(run.gradients[name][index]), rel=1e-14), entry


# -- the language

WRITTEN = [  # text, values, what NumPy says
    ("p = softmax(z)", {"z": [1.0, 2.0]}, lambda v: soft(np.array(v["z"]))),
    ("h = concat(x, u)", {"x": [1.0], "u": [2.0, 3.0]}, lambda v: np.array([1, 2, 3])),
    ("y = conv2d(X, K, b, stride=2, padding=1)", {"X": np.ones((1, 3, 3)), "K": np.ones((2, 1, 3, 3)), "b": [0.0, 1.0]}, lambda v: np.array([[[4, 4], [4, 4]], [[5, 5], [5, 5]]])),
    ("y = maxpool(X, 2)", {"X": np.arange(16.0).reshape(4, 4)}, lambda v: np.array([[5, 7], [13, 15]])),
    ("y = avgpool(X, size=2, stride=2)", {"X": np.arange(4.0).reshape(2, 2)}, lambda v: np.array([[1.5]])),
    ("y = a[0:2]", {"a": [1.0, 2.0, 3.0]}, lambda v: np.array([1, 2])),
    ("y = X[0]", {"X": [[1.0, 2.0], [3.0, 4.0]]}, lambda v: np.array([1, 2])),
    ("y = X[:, ::-1]", {"X": [[1.0, 2.0], [3.0, 4.0]]}, lambda v: np.array([[2, 1], [4, 3]])),
    ("y = logp[[0, 1, 2], [3, 0, 1]]", {"logp": np.arange(12.0).reshape(3, 4)}, lambda v: np.array([3, 4, 9])),
    ("y = E[[3, 0, 3]]", {"E": np.arange(8.0).reshape(4, 2)}, lambda v: np.array([[6, 7], [0, 1], [6, 7]])),
    ("y = x @ [[1, 2], [3, 4]]", {"x": [1.0, 1.0]}, lambda v: np.array([4, 6])),
    ("y = sum(x, axis=0)", {"x": [[1.0, 2.0], [3.0, 4.0]]}, lambda v: np.array([4, 6])),
    ("y = sum(x, 1)", {"x": [[1.0, 2.0], [3.0, 4.0]]}, lambda v: np.array([3, 7])),
    ("y = max(x, axis=1)", {"x": [[1.0, 2.0], [4.0, 3.0]]}, lambda v: np.array([2, 4])),
    ("y = max(x, 0)", {"x": [-1.0, 2.0]}, lambda v: np.array([0, 2])),
    ("y = mean(x, axis=0, keepdims=True)", {"x": [[1.0, 2.0], [3.0, 4.0]]}, lambda v: np.array([[2, 3]])),
    ("y = stack(a, b, axis=1)", {"a": [1.0, 2.0], "b": [3.0, 4.0]}, lambda v: np.array([[1, 3], [2, 4]])),
    ("y = leaky_relu(x, a=0.1)", {"x": [-1.0, 1.0]}, lambda v: np.array([-0.1, 1])),
    ("y = layer_norm(x, eps=0)", {"x": [1.0, 3.0]}, lambda v: np.array([-1, 1])),
    ("y = one_hot(t, 3)", {"t": [2.0, 0.0]}, lambda v: np.eye(3)[[2, 0]]),
    ("y = dot(w, x)", {"w": [1.0, 2.0], "x": [3.0, 4.0]}, lambda v: np.array(11)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "expected"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_it_is_written_as_numpy_users_would_and_shapes_may_come_with_the_values(text, values, expected):
    graph = bp.parse(text)
    shape = expected(values).shape
    run = graph.backprop(values, seed=np.ones(shape) if shape else 1)
    assert np.allclose(np.asarray(run.values[graph.output], dtype=float), expected(values).astype(float), rtol=1e-15)
    declared = "; ".join(f"{name}: {np.shape(value)}" for name, value in values.items() if np.shape(value))
    assert bp.parse(f"{text}; {declared}")[graph.output].shape == shape


def test_python_writes_the_same():
    X, K, b = bp.inputs("X", "K", "b", X=(1, 4, 4), K=(2, 1, 3, 3), b=(2,))
    y = bp.maxpool(bp.relu(bp.conv2d(X, K, b, stride=1, padding=1)), 2).named("y")
    text = "X: (1, 4, 4); K: (2, 1, 3, 3); b: (2,); y = maxpool(relu(conv2d(X, K, b, stride=1, padding=1)), 2)"
    assert bp.graph(y)["y"].formula == bp.parse(text)["y"].formula
    assert bp.graph(y)["y"].shape == (2, 2, 2)
    assert bp.sum(bp.max(y, axis=0), 1).shape == (2,)


REFUSED = [  # text, what the sentence says
    ("y = W@x; W: (2, 3); x: (2,)", r"shapes \(2, 3\) and \(2,\) do not fit in @"),
    ("y = conv2d(X, K); X: (3, 8, 8); K: (4, 2, 3, 3)", r"\(3, 8, 8\) and kernels of shape \(4, 2, 3, 3\) do not fit in conv2d.*c_out × c × k_h × k_w"),
    ("y = conv2d(X, K, b); X: (1, 8, 8); K: (4, 1, 3, 3); b: (3,)", r"bias of shape \(3,\) does not fit kernels of shape \(4, 1, 3, 3\)"),
    ("y = conv1d(x, k); x: (2,); k: (3,)", r"window of shape \(3,\) does not fit into shape \(2,\)"),
    ("y = maxpool(X, 2, padding=2); X: (4, 4)", "leaves windows"), ("y = maxpool(x, 2); x: (4,)", "needs an image"),
    ("y = mse(p, t); p: (3,); t: (2,)", r"shapes \(3,\) and \(2,\) do not fit in mse"),
    ("y = cross_entropy(z, t); z: (2, 3); t: (3,)", r"scores of shape \(2, 3\) and targets of shape \(3,\)"),
    ("y = stack(a, b); a: (2,); b: (3,)", r"\(2,\) and \(3,\) do not fit in stack"),
    ("y = layer_norm(x, g); x: (2, 3); g: (2,)", r"shapes \(2, 3\) and \(2,\) do not fit in layer_norm"),
    ("y = det(A); A: (2, 3)", r"square matrix, not shape \(2, 3\)"), ("y = cumsum(x); x: (2, 3)", r"shape \(2, 3\) goes along one axis"),
    ("y = one_hot(t); t: (3,)", "how many classes"), ("y = leaky_relu(x, slope=0.1)", "takes no slope; it takes a"),
    ("y = leaky_relu(x, a=[1, 2])", "a takes a number"), ("y = softmax(z, axis=2); z: (2, 3)", "no axis 2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_does_not_fit_is_said_with_both_shapes_and_the_place(text, sentence):
    with pytest.raises(bp.InputError, match=sentence) as caught:
        bp.parse(text)
    assert caught.value.line == 1


def test_shapes_that_come_with_values_name_the_statement_they_do_not_fit_in():
    with pytest.raises(bp.InputError, match=r"shapes \(2, 2\) and \(3,\) do not fit in @, in a = W x \+ b"):
        bp.parse("a = W@x + b; L = sum(a)").backprop({"W": [[1, 2], [3, 4]], "x": [1, 2, 3], "b": 1})


# -- extremes and ties

EXTREME = [  # text, values, the output, and gradients that are right there
    ("L = sum(softmax(z)*v)", {"z": [1000.0, 0.0], "v": [1.0, 2.0]}, 1, {"z": [0, 0]}),
    ("L = cross_entropy(z, [1, 0])", {"z": [[1000.0, 0.0], [0.0, 1000.0]]}, 1000, {"z": [[0.5, -0.5], [-0.5, 0.5]]}),
    ("L = logsumexp(z)", {"z": [-1000.0, -1000.0]}, -1000 + math.log(2), {"z": [0.5, 0.5]}),
    ("L = sum(softmax(where(m > 0, s, -inf))*v); s: (3,); m: (3,); v: (3,); data m", {"s": [1.0, 1.0, 9.0], "m": [1, 1, 0], "v": [2.0, 4.0, 8.0]}, 3, {"s": [-0.5, 0.5, 0]}),
    ("L = binary_cross_entropy(p, y); data y", {"p": [0.0, 1.0], "y": [0.0, 1.0]}, 0, {"p": [0.5, -0.5]}),
    ("L = kl(p, q); data p", {"p": [0.0, 1.0], "q": [0.5, 0.5]}, math.log(2), {"q": [0, -2]}),
    ("L = norm(x)", {"x": [3e200, 4e200]}, 5e200, {"x": [0.6, 0.8]}), ("L = norm(x)", {"x": [0.0, 0.0]}, 0, {"x": [0, 0]}),
    ("L = det(A)", {"A": [[2.0, 1.0], [4.0, 2.0]]}, 0, {"A": [[2, -4], [-1, 2]]}),
    ("L = max(x)", {"x": [1.0, 3.0, 3.0]}, 3, {"x": [0, 0.5, 0.5]}),
    ("L = sum(maxpool(X, 2))", {"X": [[1.0, 1.0], [1.0, 1.0]]}, 1, {"X": [[0.25, 0.25], [0.25, 0.25]]}),
    ("L = logdet(A)", {"A": np.eye(200) * 100.0}, 200 * math.log(100), {}),
    ("L = sum(layer_norm(x)*v)", {"x": [1.0, 1.0], "v": [1.0, 2.0]}, 0, {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "output", "gradients"), EXTREME, ids=[row[0] for row in EXTREME])
def test_values_and_gradients_stay_right_at_extremes_and_ties(text, values, output, gradients):
    run = bp.parse(text).backprop(values)
    assert run.values["L"] == pytest.approx(output, rel=1e-13, abs=1e-15)
    for name, expected in gradients.items():
        assert np.allclose(run.gradients[name], expected, rtol=1e-13, atol=1e-15)


def test_a_tie_is_noted():
    run = bp.parse("L = max(x) + b").backprop({"x": [1, 3, 3], "b": 1})
    assert run.notes == ("at L the graph is at a kink, where by convention tied entries of max share the gradient equally",)
    assert bp.parse("L = max(x)").backprop({"x": [1, 2, 3]}).notes == ()
