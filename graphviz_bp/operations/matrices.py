"""The table of array operations, third part: determinant, inverse and their kin, of square matrices.

Doubles use LAPACK through NumPy; exact numbers and digits eliminate; symbols and nodes take Laplace's expansion, which
has no pivots to choose and is meant for small matrices.
"""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from ..numbers import NotExact, doubles, numpy, plain
from .array import array, square
from .record import Shape, f
from .scalar import KNOWN

LARGEST = 5  # rows that are expanded by minors


def determinant(m: Any, x: Any) -> Any:
    """Σ ± products of one entry of each row and column."""
    if m is doubles:
        return plain(numpy().linalg.det(x))
    return eliminated(m, x)[0] if _numeric(m) else laplace(x)


def inverse(m: Any, x: Any) -> Any:
    """The matrix that undoes this one; nan in every entry where there is none."""
    np = numpy()
    if m is doubles:
        try:
            return np.linalg.inv(x)
        except np.linalg.LinAlgError:
            return np.full(x.shape, np.nan)
    n = len(x)
    if _numeric(m):
        found = eliminated(m, x)[1]
        if found is None and m.name == "exact":
            raise NotExact("a singular matrix has no inverse")
        return np.full((n, n), m.div(m.number(0), m.number(0)), dtype=object) if found is None else found
    return m.div(cofactors(m, x).T, _boxed(laplace(x)))


def cofactors(m: Any, x: Any) -> Any:
    """What the determinant's gradient is, for singular matrices too: each entry's minor with its sign."""
    np, n = numpy(), len(x)
    if n > LARGEST and _numeric(m):
        return determinant(m, x) * inverse(m, x).T
    out = m.zeros((n, n))
    for i, j in np.ndindex(n, n):
        minor = determinant(m, np.delete(np.delete(x, i, 0), j, 1)) if n > 1 else m.number(1)
        out[i, j] = -minor if (i + j) % 2 else minor
    return out


def _cofactors_pull(g: Any, y: Any, x: Any) -> Any:
    turned = f.inv(x).T
    return f.sum(g * y) * turned - turned @ g.T @ y


def _numeric(m: Any) -> bool:
    return m.name not in ("symbols", "nodes")


def _boxed(value: Any) -> Any:
    out = numpy().empty((1, 1), dtype=object)
    out[0, 0] = value
    return out


def laplace(x: Any) -> Any:
    """The determinant by minors of the first row."""
    n = len(x)
    if n > LARGEST:
        raise InputError(f"a determinant of {n} rows is too long to write out", remedy=f"take at most {LARGEST} rows")
    if n == 1:
        return x[0, 0]
    total = None
    for j in range(n):
        term = x[0, j] * laplace(numpy().delete(x[1:], j, 1))
        total = term if total is None else total - term if j % 2 else total + term
    return total


def eliminated(m: Any, x: Any) -> tuple[Any, Any]:
    """Determinant and inverse by elimination, the largest pivot first; no inverse where the determinant is 0."""
    np, n = numpy(), len(x)
    rows = np.concatenate([x, np.vectorize(m.number, otypes=[object])(np.eye(n, dtype=int).astype(object))], axis=1)
    det = m.number(1)
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i, k]))
        if not rows[best, k]:
            return m.number(0), None
        if best != k:
            rows[[k, best]], det = rows[[best, k]], -det
        det = det * rows[k, k]
        rows[k] = m.div(rows[k], rows[k, k])
        for i in range(n):
            if i != k:
                rows[i] = rows[i] - rows[k] * rows[i, k]
    return det, rows[:, n:]


def _logdet(m: Any, x: Any) -> Any:
    if m is not doubles:
        return m.log(determinant(m, x))
    sign, log = numpy().linalg.slogdet(x)
    return plain(log) if sign > 0 else plain(log) if sign == 0 else float("nan")


def _number(name: str) -> Any:
    def shape(x: Shape) -> Shape:
        square(x, name)
        return ()

    return shape


# fmt: off
#     name      in words                                                   value        the pulls                                                        shape
array("det",    "the determinant times the inverse, transposed",           determinant, (lambda g, y, x: g * f.cofactors(x),),                           _number("det"), rule=KNOWN, tex=r"\det", shown=(lambda g, y, x: g * y * f.inv(x).T,))
array("cofactors", "the same for the determinants without one row and column", cofactors, (_cofactors_pull,),                                   lambda x: square(x, "cofactors"), rule=KNOWN)
array("inv",    "minus the gradient between two transposed inverses",      inverse,     (lambda g, y, x: -(y.T @ g @ y.T),),                             lambda x: square(x, "inv"), rule=KNOWN)
array("logdet", "the inverse, transposed",                                 _logdet,     (lambda g, y, x: g * f.inv(x).T,),                               _number("logdet"), rule=KNOWN, tex=r"\log\det", plain="log det")
# fmt: on
