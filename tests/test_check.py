"""Checking claims: verdicts on corpora, the mistake named, reports and hints, hostile claims, the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import graphviz_bp as bp
from graphviz_bp.check import check_files
from graphviz_bp.equality import Verdict
from graphviz_bp.faults import FAULTS

CORPUS = Path(__file__).parent / "corpus"
TUTORIAL = bp.parse("v = u**2; w = 6*u; z = v*w")
TOTALS = bp.parse("b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2")


def rows(name, columns):
    lines = (CORPUS / name).read_text(encoding="utf-8").splitlines()
    found = [[part.strip() for part in line.split(" | " if columns > 2 else "|", columns - 1)] for line in lines if line and line[0] != "#"]
    assert all(len(row) == columns for row in found)
    return found


GRAPHS = {name: bp.parse(text) for name, text in rows("graphs.txt", 2)}
RIGHT, WRONG = rows("right.txt", 3), rows("wrong.txt", 4)


def spread(cases):
    """A sixth of the cases in every run, the others where there is time."""
    return [pytest.param(*case, id=" | ".join(case), marks=[pytest.mark.slow] if number % 6 else []) for number, case in enumerate(cases)]


@cache
def judged(graph, variable, claim):
    """What is said of an answer; every one is looked at by several tests."""
    return GRAPHS[graph].check({variable: claim})[variable]


# -- corpora


def test_the_corpora_are_large_enough():
    assert len(RIGHT) >= 100
    assert len(WRONG) >= 200
    assert len(GRAPHS) >= 12
    names = {fault.name for fault in FAULTS} | {"another variable"}
    assert {part for *_, fault in WRONG for part in fault.split(" and ")} <= names | {"-"}


@pytest.mark.parametrize(("graph", "variable", "claim"), spread(RIGHT))
def test_a_right_answer_is_proved(graph, variable, claim):
    finding = judged(graph, variable, claim)
    assert finding.verdict is Verdict.PROVED, finding.reason


@pytest.mark.parametrize(("graph", "variable", "claim", "fault"), spread(WRONG))
def test_a_wrong_answer_is_different_with_a_counterexample(graph, variable, claim, fault):
    finding = judged(graph, variable, claim)
    assert finding.verdict is Verdict.DIFFERENT
    assert finding.counterexample is not None
    if fault == "-":
        assert finding.diagnosis is None, finding.diagnosis


@pytest.mark.slow
def test_the_mistake_is_named(capsys):
    """At least 95 of 100 that the table has, 80 of 100 of all; the rate of every kind is printed."""
    rates = defaultdict(lambda: [0, 0])
    for graph, variable, claim, fault in WRONG:
        found = judged(graph, variable, claim).diagnosis
        rates[fault][0] += 1
        rates[fault][1] += (found.fault if found else "-") == fault
    with capsys.disabled():
        print("\nnamed, by kind of mistake:")
        for fault, (count, named) in sorted(rates.items()):
            print(f"  {named:3d} of {count:3d}  {fault}")
    table = [(count, named) for fault, (count, named) in rates.items() if fault != "-"]
    assert sum(named for _, named in table) >= 0.95 * sum(count for count, _ in table)
    assert sum(named for _, named in table) >= 0.80 * len(WRONG)


def test_every_row_of_the_table_is_met_in_the_corpus():
    met = {part for *_, fault in WRONG for part in fault.split(" and ")}
    assert {fault.name for fault in FAULTS} - met <= {"multiplied instead of added", "added instead of multiplied"}


# -- what claims mean


MEANINGS = [  # graph, claims, and whether all of them are right
    (TUTORIAL, {"u": "18*u^2", "v": "w", "w": "6*u"}, False),
    (TUTORIAL, {"u": "18*u^2", "v": "w", "w": "u^2", "z": "1", "dv/du": "2*u", "dw/du": "6", "dz/dv": "6*u"}, True),
    (TUTORIAL, ["dz/du = 6*v", "v = w"], False),
    (TUTORIAL, ["v = w", "∂z/∂u = 18*u^2", "d z/d u = 18*u^2", "dz/du = dv/du*dz/dv + dw/du*dz/dw", "dz/dv*dv/du = 2*u*w"], True),
    (TUTORIAL, "dz/du = 18*u^2; dz/dv = w\n dz/dw = v", True),
    (TUTORIAL, ["dz/du = 2*u*w + 6*v = 12*u^2 + 6*u^2 = 18*u^2"], True),
    (TUTORIAL, ["dz/du = 2*u*w + 6*v = 12*u^2 + 6*u = 18*u^2"], False),
    (TUTORIAL, ["dz/du == 18*u^2", "dz/du ≈ 18*u^2"], True),
    (TUTORIAL, {"u": "dz/du = 18*u^2", "dz/dv": "w", "w": "w^2/36"}, True),
    (TUTORIAL, {"u": "2*u*w + 6*v = 18*u^2"}, True),
    (TUTORIAL, {"u": "3*z/u", "v": "z/v", "w": "z/w"}, True),
    (TUTORIAL, {"u": r"\frac{\partial z}{\partial u} = 2u \cdot 6u + 6u^2"}, True),
    (TUTORIAL, {r"\frac{dz}{du}": "18u²", r"\bar v": "w"}, True),
    (TOTALS, ["dc/db1 = 9", "b1 = 9", "dc/da = 33", "db2/da = 5", "db1/da = 2"], True),
    (TOTALS, ["dc/db1 = 4"], False),
    (TOTALS, ["db2/da = 3"], False),
]  # fmt: skip


@pytest.mark.parametrize(("graph", "claims", "right"), MEANINGS, ids=[str(case[1])[:60] for case in MEANINGS])
def test_what_claims_mean(graph, claims, right):
    report = graph.check(claims)
    assert report.ok is right, report.text
    assert all(f.verdict in (Verdict.PROVED, Verdict.DIFFERENT) for f in report)


def test_a_node_may_be_named_like_a_differential():
    graph = bp.parse("du = 3*u; dv = du^2; z = dv + u")
    assert graph.check({"du": "2*du", "dv": "1", "u": "18*u + 1"}).ok
    assert graph.check(["∂z/∂dv = 1", "dz/du = 2*du"]).findings[0].ok


def test_another_node_may_be_asked():
    assert TUTORIAL.check({"u": "2*u"}, of="v").ok
    assert TUTORIAL.check(["u = 2*u", "dz/du = 18*u^2"], of="v").ok


def test_gradients_at_data_can_be_claimed_too():
    assert GRAPHS["neuron"].check({"x1": "(yhat - y)*w1", "dL/dy": "log(1 - yhat) - log(yhat)"}).ok


def test_the_report_says_how_an_ambiguous_derivative_was_read():
    finding = TOTALS.check(["∂c/∂b1 = 4"])[0]
    assert finding.verdict is Verdict.DIFFERENT
    assert "total derivative" in finding.notes[0]
    assert "local partial is 4" in finding.notes[0]
    assert TOTALS.check({"b1": "9"})["b1"].notes == ()


STRANGE = [  # claims with names that the graph lacks
    ("18*N*u^2/N", True), (r"\frac{1}{N}\sum_i", None), (r"\frac{N}{N} 18u^2", True), ("18*u^2 + k - k", True), ("q*u", None), ("18*u^2*N", None), ("18*u^2*N/N*M/M", True), (r"\eta\frac{18u^2}{\eta}", True),
    ("18*u^2 + N - N + 1", None), ("0*N", None), ("18*u**N/u**(N-2)", True),
]


@pytest.mark.parametrize(("claim", "right"), STRANGE)
def test_a_name_that_the_graph_lacks_may_cancel(claim, right):
    finding = TUTORIAL.check({"u": claim})["u"]
    assert finding.ok is bool(right), finding.reason
    assert finding.verdict is not Verdict.DIFFERENT
    assert any("cancels" in note for note in finding.notes) is bool(right)


READ_AS = [("18U^2", "U was read as u"), (r"\frac{\partial L}{\partial u} = 18u^2", "L was read as z"), ("dJ/du = 18*u^2", "J was read as z")]


@pytest.mark.parametrize(("claim", "note"), READ_AS)
def test_what_was_read_otherwise_than_it_is_spelled_is_said(claim, note):
    finding = TUTORIAL.check({"u": claim})["u"]
    assert finding.ok
    assert note in finding.notes


def test_a_claim_may_say_where_it_is_taken():
    for claim in (r"\left.\frac{dz}{du}\right|_{u=5} = 450", "z'(5) = 450", r"\frac{dz}{du}\Big|_{u = 5} = 18 \cdot 25 = 450", r"\frac{dz}{du}(5) = 450"):
        assert TUTORIAL.check([claim]).ok, claim
        assert not TUTORIAL.check([claim.replace("450", "451")]).ok


def test_the_first_wrong_link_of_a_chain_is_named():
    finding = TUTORIAL.check(["dz/du = 2*u*w + 6*v = 10*30 + 6*25 = 440"], at={"u": 5})[0]
    assert finding.reason == "the step 10*30 + 6*25 = 440 does not hold: the left side is 450, the right side 440"
    finding = TUTORIAL.check(["dz/du = 2*u*w + 6*v = 12*u^2 + 6*u"])[0]
    assert "the step 2*u*w + 6*v = 12*u^2 + 6*u does not hold" in finding.reason


# -- diagnoses in the graph's words


def test_a_path_is_named_with_what_it_is_worth():
    finding = TUTORIAL.check({"u": "2*u*w"})["u"]
    assert finding.diagnosis.fault == "path missing"
    assert str(finding.diagnosis) == "you left out the path u → w → z, worth 6 · v"
    assert finding.diagnosis.markdown == r"you left out the path $u \to w \to z$, worth $6 \cdot v$"
    finding = TUTORIAL.check({"u": "300"}, at={"u": 5})["u"]
    assert str(finding.diagnosis) == "you left out the path u → w → z, worth 6 · v = 6 · 25 = 150"


def test_an_explanation_in_the_names_of_the_graph_comes_first():
    """6u² is what the path through w alone would give, but 2uw − 6v is a wrong sign."""
    assert TUTORIAL.check({"u": "2*u*w - 6*v"})["u"].diagnosis.fault == "sign"
    assert TUTORIAL.check({"u": "6*u^2"})["u"].diagnosis.fault == "path missing"


def test_a_number_is_explained_only_if_one_explanation_stands_out():
    assert TUTORIAL.check({"u": "451"}, at={"u": 5})["u"].diagnosis is None
    assert TUTORIAL.check({"u": "-450"}, at={"u": 5})["u"].diagnosis.fault == "sign"
    rounded = bp.parse("a = w*x; f = sigmoid(a)").check({"w": "-0.39"}, at={"w": 1, "x": 2})["w"]
    assert rounded.diagnosis is None or rounded.diagnosis.fault


def test_an_algebra_slip_is_no_mistake_of_the_backward_pass():
    assert TUTORIAL.check({"u": "19*u^2"})["u"].diagnosis is None
    assert GRAPHS["deep"].check({"w1": "2*(a3-y)*w3*h2*(1-h2)*w2*h1*(1-h1)*x + b1/7"})["w1"].diagnosis is None


# -- reports


def test_a_report_is_found_by_what_it_is_about():
    report = TUTORIAL.check(["dz/du = 6*v", "v = w"])
    assert report["dz/du"] is report[0] is report["u"]
    assert report["v"] is report[1]
    assert (len(report), list(report), report.ok, report.code) == (2, list(report.findings), False, 1)
    with pytest.raises(KeyError):
        report["q"]
    assert "1 of 2 right" in repr(report)


def test_a_derivative_by_no_node_names_what_is_missing():
    (finding,) = TUTORIAL.check(["dz/dq = 1"])
    assert "column 5: there is no node q; the nodes are" in finding.reason


def test_a_report_reads_well_in_a_terminal():
    assert str(TUTORIAL.check({"u": "2*u*w", "v": "w", "w": "q"}, at={"u": 5})) == (
        "✗ ∂z/∂u = 2*u*w                           wrong: at u = 5 it gives 300, not 450\n"
        "    you left out the path u → w → z, worth 6 · v = 6 · 25 = 150\n"
        "    the step: ∂z/∂u = ∂v/∂u · ∂z/∂v + ∂w/∂u · ∂z/∂w\n"
        "✓ ∂z/∂v = w                               right: proved, whatever w is\n"
        "! q                                       unreadable: line 1, column 1: there is no node q; the nodes are u, v, w, z\n"
        "        q\n"
        "        ^\n"
        "\n"
        "1 of 3 right, 1 wrong, 1 unreadable"
    )


def test_a_report_as_markdown():
    report = TUTORIAL.check({"u": "2*u*w"})
    assert report._repr_markdown_() == report.markdown
    assert r"$u \to w \to z$" in report.markdown
    assert r"$\frac{\partial z}{\partial u} = \frac{\partial v}{\partial u} \cdot" in report.markdown


def test_hints_rise_in_strength():
    reports = {hint: TUTORIAL.check({"u": "2*u*w", "v": "w"}, at={"u": 5}, hint=hint).text for hint in (1, 2, 3)}
    assert "the sum over what u feeds" in reports[1]
    assert "left out" not in reports[1]
    assert "left out the path" in reports[2]
    assert all("450" not in reports[hint] for hint in (1, 2))
    assert "= 450" in reports[3]
    with pytest.raises(bp.InputError):
        TUTORIAL.check({"u": "1"}, hint=4)


def test_wrong_values_are_refused_by_name():
    with pytest.raises(bp.InputError, match="not an input"):
        TUTORIAL.check({"u": "1"}, at={"q": 1})


# -- hostile claims


DEEP, LONG = 5_000, 100_000
HOSTILE = [
    "__import__('os').getpid()", "open('x','w')", "().__class__.__base__.__subclasses__()", "(lambda: 0)()", "u.__class__", "eval(u)", "exec('1')", "compile(u)", "import os", "print(u)", "getattr(u, v)",
    "[i for i in u]", "f'{u}'", "'a'*9", '"a"*9', "u if v else w", "u; v", "u := 3", "u and v", "not u", "u[0]", "u.T", "u@v", "sum(u)", "[1, 2]", "[[1, 2], [3, 4]]", "outer([1], [2])", "x: (2, 3)", "data u", "output z",
    "name u \"x\"", "9^9^9^9", "9**9**9**9", "((9^64)^64)^64", "10^(10^10)", "u*9^9^9", "9^{9^{9^9}}", "factorial(10^7)", "(10^300)^300", "1e999999", "1e300^9", "2^(2^(2^(2^(2^2))))", "0^-1", "1/0", "0/0", "u/0",
    "exp(exp(exp(exp(exp(9)))))", "exp(10^10)", "exp(1e300)", "gamma(1e8)", "lgamma(1e300)", "u^(10^9)", "(u+v+w)^1000", "sin(1e300)", "tan(10^40)", "digamma(-10^8)", "polygamma(50, 1e7)", "erf(1e300)", "floor(1e300)", "floor(exp(1000))",
    "log(0)", "log(-1)", "sqrt(-1)", "asin(2)", "acosh(0)", "u^u^u^u^u^u^u", "exp(u^u^u^u^u)", "sin(" * 50 + "u" + ")" * 50, "exp(" * 50 + "u" + ")" * 50, "(" * DEEP + "u" + ")" * DEEP, "-" * DEEP + "u", "u**" * DEEP + "u", "sin(" * DEEP + "u",
    "[" * DEEP, "u+" * LONG + "u", "u" * LONG, "1" * LONG, " " * LONG, "\n" * LONG, "=" * LONG, "u=" * DEEP + "u", "{" * DEEP, r"\frac{" * DEEP, r"\frac{u}{" * 300 + "1" + "}" * 300, "u^{" * DEEP, "^" * DEEP, "_" * DEEP, "|" * DEEP, "|u" * DEEP,
    r"\left(" * DEEP, "$" * LONG, "\\" * LONG, r"\sqrt" * DEEP + "u", r"\hat" * DEEP + "u", r"\hat{" * DEEP, r"\mathrm{" * DEEP, r"\ln" * DEEP + "u", r"\ln " * 100 + "u", r"\sigma'" * 100 + "(u)", "u'" * 100, "u" + "'" * LONG, "u_" * DEEP,
    r"\input{/etc/passwd}", r"\write18{rm}", r"\def\x{\x\x}\x", r"\newcommand{\x}{u}", r"\include{u}", r"\begin{verbatim}", r"\catcode`\@=0", r"\csname u\endcsname", r"\loop", r"\ ", r"\\" * DEEP, r"\frac", r"\frac{u}", r"\sqrt[", r"\partial", r"\frac{\partial}{\partial u}",
    r"\frac{\partial^9 z}{\partial u^9}", r"\nabla", r"\nabla_", r"d/d", "∂", "∂∂∂∂/∂", "dz/", "/du", "d", "dd/dd", "dz/du^2", "\ud800", "\x00", "\u202e u", "u\u200bv", "ｕ", "𝑢²", "u\u0302" * 1000, "⁰" * LONG, "₁" * DEEP, "û" * DEEP, "🙂", "u\u20dd", "٣",
    "", " ", "=", "==", "u ==", "= u", "u = ", "u = v = ", "≈", "$$", r"\[", r"\(", "```", "# only a comment", "u # v", "nan", "inf", "-inf", "1e-400", "0x10", "1_000", "1,000", "1.2.3", "..", "u.v", "u!", "u%v", "u&v", "u|v", "~u", "?", "@", "`u`",
    "sigmoid'(u)'", "tanh''(u)", "relu'()", "max()", "min(u)", "where(u)", "where(u, v, w, z)", "clip(u)", "reshape(u, (10000000,))", "broadcast_to(u, 9)", "concat(u, v)", "softmax(u)", "u*" * 400 + "u", "u*" * 390 + "u", "(u+1)*" * 390 + "u", "1/(1+" * 50 + "u" + ")" * 50,
    "u**", "**u", "u^^2", "(u", "u)", "()", "u()", "2u(", "u(v", "abs", "max",
    "(" + "+".join(f"u^{i}" for i in range(180)) + ")^2", "*".join(f"(u+{i})" for i in range(120)), "relu(" * 50 + "u" + ")" * 50, "*".join(f"step(u-{i})" for i in range(60)), "+".join(f"abs(u-{i})" for i in range(60)), "max(" + ",".join(f"u*{i}" for i in range(100)) + ")",
]  # fmt: skip
SECONDS = 30.0  # far beyond what they take: this finds what hangs


def seconds(claim):
    start = time.perf_counter()
    report = TUTORIAL.check({"u": claim})
    return time.perf_counter() - start, report


def test_hostile_claims_end_in_a_verdict_and_soon():
    seconds("u + v")  # what is imported once
    assert len(HOSTILE) > 200
    slow = []
    for claim in HOSTILE:
        taken, report = seconds(claim)
        assert not report.ok, claim[:80]
        assert report[0].reason
        assert len(report.text.encode()) < 40_000
        assert report[0].verdict is not Verdict.UNREADABLE or "^" in report[0].reason, claim[:80]
        if taken > SECONDS and min(seconds(claim)[0] for _ in range(2)) > SECONDS:
            slow.append((claim[:60], taken))
    assert not slow


@pytest.mark.parametrize("claims", [{"u": 3}, {"u": None}, [3], {"q": "u"}, {"": "u"}, {"dz/dq": "u"}, {"u = v": "u"}, [b"u = v"], {"u": ["v"]}])
def test_claims_that_are_no_texts_are_unreadable(claims):
    assert TUTORIAL.check(claims)[0].verdict is Verdict.UNREADABLE


AUDIT = """
import sys
sys.path.insert(0, {tests!r})
from test_check import HOSTILE, TUTORIAL
def run():
    for claim in HOSTILE:
        TUTORIAL.check({{"u": claim}}).text
run()  # everything that is imported once is imported here
events = []
watching = True
own = ("array.__new__", "object.__getattr__")  # the tape is made of arrays of integers
sys.addaudithook(lambda event, arguments: events.append((event, str(arguments)[:80])) if watching and event not in own else None)
run()
watching = False
print(len(HOSTILE), events)
"""


@pytest.mark.slow
def test_checking_raises_no_audit_event():
    """Nothing is opened, imported, compiled or started by a claim."""
    program = AUDIT.format(tests=os.path.dirname(__file__))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == [str(len(HOSTILE)), "[]\n"]


def test_checking_needs_no_sympy():
    program = "import graphviz_bp as bp, sys; bp.parse('v = u^2; z = sin(v)').check({'u': '2*u*cos(v)'}); print('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"


# -- files and the command line


ANSWERS = r"""
We take $u = 5$, $v = u^2$ and $n = 3$.
\begin{align*}
\frac{\partial z}{\partial u} &= 2u \cdot w \\
 &= 10 \cdot 30 = 300\\
\frac{\partial z}{\partial v} &= w, \\
\frac{\partial z}{\partial q} &= v.
\end{align*}
"""


def test_claims_are_found_in_a_file_and_the_rest_is_left_out(tmp_path):
    path = tmp_path / "answers.tex"
    path.write_text(ANSWERS)
    report = check_files(TUTORIAL, [path], at={"u": 5})
    assert [f.verdict for f in report] == [Verdict.DIFFERENT, Verdict.PROVED, Verdict.UNREADABLE]
    assert report[0].diagnosis.fault == "path missing"
    assert len(report.left_out) == 3
    assert "left out: v = u^2 (restates the graph)" in report.text


@pytest.fixture
def command(folder, monkeypatch, capsys):
    """The command line, in this process: exit code and all that is printed."""
    from graphviz_bp.cli import main

    def run(*arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["graphviz-bp", "check", *map(str, arguments)])
        with pytest.raises(SystemExit) as done:
            main()
        told = capsys.readouterr()
        return done.value.code or 0, told.out + told.err

    return run


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tutorial.bp").write_text("v = u^2\nw = 6*u\nz = v*w\n")
    (tmp_path / "right.txt").write_text("dz/du = 18*u^2\nv = w\n")
    (tmp_path / "answers.tex").write_text(ANSWERS)
    (tmp_path / "prose.md").write_text("nothing here\n")
    (tmp_path / "answers.doc").write_text("dz/du = 1")
    (tmp_path / "broken.ipynb").write_text("{")
    return tmp_path


COMMANDS = [  # arguments, exit code, a word of the output
    (["tutorial.bp", "--claim", "dz/du = 6*v", "--claim", "v = w"], 1, "left out the path u → v → z"),
    (["tutorial.bp", "--claim", "v = w"], 0, "1 of 1 right"),
    (["tutorial.bp", "--claim", "dz/du = 6q"], 2, "^"),
    (["tutorial.bp", "right.txt"], 0, "2 of 2 right"),
    (["tutorial.bp", "answers.tex", "--at", "u=5"], 2, "worth 6 · v = 6 · 25 = 150"),
    (["tutorial.bp", "right.txt", "--claim", "w = w"], 1, "2 of 3 right"),
    (["-e", "v = u^2; z = 3*v", "--claim", "u = 6*u"], 0, "right"),
    (["tutorial.bp", "--claim", "dz/du = 6*v", "--hint", "1"], 1, "look at"),
    (["tutorial.bp", "--claim", "dz/du = 6*v", "--format", "markdown"], 1, r"$u \to v \to z$"),
    (["tutorial.bp"], 2, "nothing to check"),
    (["tutorial.bp", "prose.md"], 2, "no claim about this graph was found in prose.md"),
    (["tutorial.bp", "missing.tex"], 2, "cannot read"),
    (["tutorial.bp", "answers.doc"], 2, ".ipynb"),
    (["tutorial.bp", "broken.ipynb"], 2, "notebook"),
    (["tutorial.bp", "--claim", "v = w", "--format", "pdf"], 2, "formats"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "word"), COMMANDS, ids=[" ".join(case[0]) for case in COMMANDS])
def test_the_command(command, arguments, code, word):
    found, told = command(*arguments)
    assert (found, word in told) == (code, True), told
