"""Any text gives a graph or a refusal with a position, quickly, and touches nothing outside itself."""

import os
import random
import string
import subprocess
import sys
import time

import pytest

from graphviz_bp.errors import InputError
from graphviz_bp.graph import Graph
from graphviz_bp.operations import OPERATIONS
from graphviz_bp.reading.text import parse

SEED = int(os.environ.get("FUZZ_SEED", "20240917"))
TEXTS = int(os.environ.get("FUZZ_TEXTS", "4000"))  # of each of the six kinds
SECONDS = 30.0  # this finds what hangs
FUNCTIONS = [name for name in OPERATIONS if name not in ("index", "place", "broadcast_to", "sum_to", "reshape")]

HOSTILE = [
    "__import__('os').getpid()",
    "z = __import__('os').system('true')",
    "z = open('x', 'w')",
    "z = ().__class__.__base__.__subclasses__()",
    "z = (lambda: 0)()",
    "z = x.__class__",
    "z = eval(x) + exec(y) + compile(x)",
    "import os; z = os.x",
    "z = print(x)",
    "z = getattr(x, y)",
    "z = [i for i in x]",
    "z = f'{x}'",
    "z = 'a' * 9",
    'z = "a" * 9',
    "z = 9**9**9**9",
    "z = ((9^64)^64)^64 * u",
    "z = u * 9^9^9",
    "z = factorial(10**7)*u",
    "z = u**(10**(10**8))",
    "c = exp(exp(exp(exp(9)))); z = c*u",
    "c = 1e300**9; z = c*u",
    "z = 1e999999999999*u",
    "z = " + "1" * 5_000,
    "z = " + "(" * 5_000,
    "z = " + "-" * 5_000 + "1",
    "z = " + "x**" * 3_000 + "x",
    "z = " + "sin(" * 2_000 + "x",
    "z = " + "[" * 5_000,
    "z = " + "a" * 20_000,
    "z = " + "a+" * 9_000 + "a",
    "z = " + "x[" * 1_000 + "0" + "]" * 1_000,
    "z = max(" + "a," * 5_000 + "a)",
    "z = [" + "1," * 5_000 + "1]",
    "a=b;" * 5_000,
    "\n" * 20_000,
    "#" * 20_000,
    "x: (999999999, 999999999); z = x[0]",
    "x: (9999999,); z = outer(outer(x, x), outer(x, x))",
    "z = x[10**39] + x[[10**39]]",
    "z = x[[]]",
    "x: (2, 3); z = transpose(x, axes=(5, 5))",
    "x: (2, 3); z = reshape(x, (-1, -1))",
    "x: (2, 3); z = concat(x, axis=(0, 1))",
    "z = sum(x, axis=sum(x, axis=sum(x)))",
    "z = S.Integer(1) + E + I*N(Q)",
    "z = lambda*x; lambda = 3",
    "output output; output = output",
    'name x "\\input{/etc/passwd}"; z = x',
    'name x "<script>alert(1)</script>"; z = x',
    "z = \ud800 + \x00 + \u202e",
    "α' = β_γ² − 3×δ÷ε",
    "data x, y\nparam w\nW: (2, 3)\nx > 0\n0 < p < 1\nL = sum(W @ x)*w - where(y > 0, log(p), y)\noutput L",
    "logp: (2, 4); z = -mean(logp[[0, 1], [2, 3]]) + logp[0, 1:3].T @ [1, 2]",
]
WORDS = [
    *OPERATIONS, *"=;+-*/@^()[],:<>=()xyzWhuEI123#\"\n", "**", ".T", "<=", ">=", "==", "!=", "x_1", "a'", "0.5", "-1",
    "data", "param", "output", "name", "lambda", "gamma", "axis", "keepdims", "True", "²", "×", "α", "z = ", "; z = ",
    "W: (2, 3)", "x > 0", "data x", "output z", "[[1, 2], [3, 4]]", "axis=0", "[0]", "1e300", "9^9^9",
]  # fmt: skip
GRAMMATICAL = string.ascii_letters + string.digits + " _'^*/+-@()[]{},:;=<>!.\n\t#\"&|%$\\~?"


def characters(rng):
    return "".join(rng.choices(GRAMMATICAL, k=rng.randrange(80)))


def tokens(rng):
    return rng.choice(["", " "]).join(rng.choices(WORDS, k=rng.randrange(1, 30)))


def unicode(rng):
    ranges = [(0, 0x250), (0x370, 0x400), (0x2000, 0x2100), (0x2200, 0x2300), (0, 0x110000)]
    drawn = (chr(rng.randrange(*rng.choice(ranges))) for _ in range(rng.randrange(40)))
    return "".join(c if rng.random() < 0.3 else rng.choice("xyz=+-*/() ") for c in drawn)


def runs(rng):
    parts = (rng.choice(WORDS) * rng.choice([1, 2, 9, 60, 61, 150]) for _ in range(rng.randrange(1, 6)))
    return rng.choice(["", "z = ", "z = ("]) + "".join(parts)


def mutants(rng):
    text = rng.choice(HOSTILE)[: rng.choice([80, 400])]
    for _ in range(rng.randrange(1, 6)):
        at, until = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        piece = rng.choice(["", rng.choice(WORDS), rng.choice(GRAMMATICAL), text[at:until] * 2])
        text = text[:at] + piece + text[rng.choice([at, min(at + 3, until), until]) :]
    return text


def sentences(rng):
    """Texts that are nearly right, so that what lies behind the grammar is reached."""

    def expression(depth):
        if depth == 0 or rng.random() < 0.2:
            return rng.choice(["x", "y", "w", "W", "b", "2", "0.5", "-3", "1/2", "[1, 2, 3]", "[[1, 2], [3, 4]]"])
        a, b, c = (expression(depth - 1) for _ in range(3))
        name, key = rng.choice(FUNCTIONS), rng.choice(["0", "-1", ":2", "::-1", "5:", "0, 1", "[0, 1]", b])
        m, n = rng.randrange(-1, 4), rng.randrange(-1, 4)
        if rng.random() < 0.05:
            axis = rng.choice([f"axis={m}", f"({m}, {n})", f"axis=({m}, {n}), keepdims=True", b])
            return rng.choice([f"({a}).T", f"({a})[{key}]", f"{name}({a}, {b}, {axis})", f"sum({a}, {axis})",
                               f"reshape({a}, ({m}, {n}))", f"{a}({b})", f"{a} @ {b}"])  # fmt: skip
        inner = ", ".join([a, b, c][: OPERATIONS[name].arity])
        return rng.choice([f"{name}({inner})", f"{name}({inner})", f"({a})**{rng.choice('23')}", f"sum({a})", f"-({a})",
                           f"({a}) {rng.choice('+-*/<')} ({b})", f"{a} + {b}"])  # fmt: skip

    statements = [f"{rng.choice('hzvab')}{i} = {expression(3)}" for i in range(rng.randrange(1, 5))]
    declarations = ["W: (2, 3)", "x: (3,)", "b: (2,)", "data y", "x > 0", "0 < w <= 1", "y = 2*3"]
    return rng.choice(["; ", "\n"]).join([*rng.sample(declarations, rng.randrange(4)), *statements])


def outcome(text):
    """"graph" or "refused"; anything else is an error of ours."""
    try:
        found = parse(text)
    except InputError as error:
        found = error
    if isinstance(found, Graph):
        return "graph"
    assert found.line
    assert found.column
    assert found.remedy
    str(found).encode()  # can be printed, whatever the text was
    return "refused"


def seconds(text):
    start = time.perf_counter()
    outcome(text)
    return time.perf_counter() - start


KINDS = {"characters": characters, "tokens": tokens, "unicode": unicode, "runs": runs, "mutants": mutants,
         "sentences": sentences}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_any_text_is_a_graph_or_a_refusal_with_a_position(kind):
    rng = random.Random(f"{SEED} {kind}")
    print(f"FUZZ_SEED={SEED} {kind}")
    counts = {"graph": 0, "refused": 0}
    outcome("z = sum([1, 2])*u")  # imports and the grammar
    for _ in range(TEXTS):
        text = KINDS[kind](rng)
        start = time.perf_counter()
        try:
            counts[outcome(text)] += 1
        except Exception as error:
            raise AssertionError(f"{text!r} raised {error!r}") from error
        if time.perf_counter() - start > SECONDS:  # again, because a busy machine is not a slow parser
            assert min(seconds(text) for _ in range(3)) < SECONDS, text
    print(counts)
    if kind == "sentences":
        assert counts["graph"] > TEXTS / 20  # the fuzzer reaches behind the grammar


def test_hostile_texts_are_a_graph_or_a_refusal():
    for text in HOSTILE:
        outcome(text)


AUDIT = """
import sys
sys.path.insert(0, {tests!r})
from test_fuzz import HOSTILE, outcome
for text in HOSTILE:
    outcome(text)  # everything that is imported once is imported here
events = []
watching = True
own = "array.__new__"  # the tape is made of arrays of integers
sys.addaudithook(lambda event, arguments: events.append((event, arguments)) if watching and event != own else None)
for text in HOSTILE:
    outcome(text)
watching = False
print(len(HOSTILE), events)
"""


def test_parsing_raises_no_audit_event():
    """Nothing is opened, imported, compiled or started while a text is read."""
    program = AUDIT.format(tests=os.path.dirname(__file__))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == [str(len(HOSTILE)), "[]\n"]
