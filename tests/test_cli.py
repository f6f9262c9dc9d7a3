"""The command line as a newcomer meets it: files, standard streams, messages, exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

import graphviz_bp as bp
from graphviz_bp.cli import app, main

TUTORIAL = "v = u^2; w = 6*u; z = v*w"


def graphviz_bp(*arguments, cwd=None, text=None):
    return subprocess.run(
        [sys.executable, "-m", "graphviz_bp", *map(str, arguments)], capture_output=True, text=True, cwd=cwd, input=text
    )


def test_draw_writes_svg_to_standard_output():
    done = graphviz_bp("draw", "-e", TUTORIAL, "--at", "u=5")
    assert done.returncode == 0
    assert done.stdout.startswith("<svg")
    assert done.stderr == ""


def test_draw_reads_a_file_and_writes_one(tmp_path):
    (tmp_path / "tutorial.bp").write_text("# a comment\nv = u^2\nw = 6*u\nz = v*w\n")
    assert graphviz_bp("draw", "tutorial.bp", "--at", "u=5", "-o", "tutorial.pdf", cwd=tmp_path).returncode == 0
    assert (tmp_path / "tutorial.pdf").read_bytes().startswith(b"%PDF")


def test_draw_reads_standard_input():
    assert graphviz_bp("draw", "-", text=TUTORIAL).stdout.startswith("<svg")


def test_derive_prints_the_derivation_in_each_format():
    for form, word in [("text", "∂z/∂u"), ("markdown", "$$"), ("latex", "align*")]:
        done = graphviz_bp("derive", "-e", TUTORIAL, "--at", "u=5", "--wrt", "u", "--format", form)
        assert done.returncode == 0
        assert word in done.stdout
        assert "450" in done.stdout


def test_values_may_be_arrays_fractions_and_several_at_once():
    done = graphviz_bp(
        "derive",
        "-e",
        "L = sum(W@x) + k*m",
        "--at",
        "W=[[1, 2], [3, 4]], x=[1, -1]",
        "--at",
        "k=1/3,m=0.5",
        "--wrt",
        "k",
    )
    assert done.returncode == 0, done.stderr
    assert "0.5" in done.stdout


WRONG = [
    (["draw"], "either a file or -e"),
    (["draw", "-e", "v = 2x"], "write * between factors"),
    (["draw", "-e", TUTORIAL, "--at", "q=3"], "q is not an input"),
    (["draw", "-e", TUTORIAL, "--at", "u"], "gives no value"),
    (["draw", "-e", TUTORIAL, "--at", "u=5", "--at", "u=6"], "twice"),
    (["draw", "-e", TUTORIAL, "--at", "u=5", "-o", "x.tiff"], "svg, png, pdf"),
    (["draw", "-e", TUTORIAL, "--at", "u=5", "-o", "no/such/folder/x.svg"], "cannot write"),
    (["draw", "missing.bp"], "cannot read"),
    (["derive", "-e", TUTORIAL, "--wrt", "q"], "no node"),
    (["derive", "-e", TUTORIAL, "--format", "html"], "text, markdown and latex"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_what_a_user_got_wrong_is_one_message_and_exit_code_two(arguments, message, tmp_path):
    done = graphviz_bp(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_demo_writes_a_gallery_and_says_what_is_in_it(tmp_path):
    done = graphviz_bp("demo", cwd=tmp_path)
    assert done.returncode == 0
    folder = tmp_path / "graphviz-bp-demo"
    named = [line.split("  ")[0] for line in done.stdout.splitlines() if ".svg  " in line]
    assert len(named) >= 8
    assert all((tmp_path / name).exists() for name in named)
    page = (folder / "index.html").read_text()
    assert page.count("<svg") == len(named)
    assert "<script" not in page


def test_help_names_every_command():
    done = graphviz_bp("--help")
    for command in ("draw", "derive", "check", "grade", "worksheet", "demo"):
        assert command in done.stdout
    assert graphviz_bp("--version").stdout.startswith("graphviz-bp ")


def test_a_live_page_is_the_one_that_python_writes(tmp_path):
    assert graphviz_bp("draw", "-e", TUTORIAL, "--at", "u=5", "--live", "-o", tmp_path / "x.html").returncode == 0
    figure = bp.parse(TUTORIAL).backprop({"u": 5}).draw()
    assert (tmp_path / "x.html").read_bytes() == figure.write("html", live=True)


@pytest.mark.parametrize("ending", ["svg", "pdf", "png", "gif", "html", "pptx", "tex", "dot"])
def test_every_ending_is_written(ending, tmp_path):
    from typer.testing import CliRunner

    done = CliRunner().invoke(app, ["draw", "-e", "z = 2*x", "--at", "x=5", "-o", str(tmp_path / f"x.{ending}")])
    assert (done.exit_code, done.output) == (0, "")
    assert (tmp_path / f"x.{ending}").stat().st_size > 100


REMEDIES = [  # what is advised is an option, not Python
    (["-e", "z = x*y", "--at", "x=5"], "no value is given for y; give --at y=... or write y = ... in the text"),
    (["-e", TUTORIAL, "--live", "-o", "x.html"], "give values with --at"),
    (["-e", TUTORIAL, "--at", "u=5", "--level", "network"], "draw --level statements"),
    (["-e", TUTORIAL, "--at", "u=5", "--highlight", "u"], "--highlight u/w/z"),
    (["-e", TUTORIAL, "--at", "u=5", "--order", "up", "-o", "x.gif"], "use --order pull or --order push"),
    (["-e", TUTORIAL, "--engine", "neato"], "use --engine dot"),
    (["-e", "z = W@x", "--at", "W=[[1, 2]],x=[1, 2]"], "; end with a number such as a loss"),
]


@pytest.mark.parametrize(("arguments", "remedy"), REMEDIES)
def test_remedies_are_options_on_the_command_line(arguments, remedy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["graphviz-bp", "draw", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert remedy in capsys.readouterr().err


def test_a_file_that_is_not_there_is_answered_with_one_that_is(tmp_path):
    (tmp_path / "tutorial.bp").write_text(TUTORIAL)
    for given, remedy in [("tutorail.bp", "did you mean tutorial.bp?"), (tmp_path, "is a folder; give the file in it")]:
        done = graphviz_bp("derive", given, cwd=tmp_path)
        assert (done.returncode, remedy in done.stderr) == (2, True), done.stderr


def test_the_ending_of_a_derivation_says_its_format(tmp_path):
    for ending, word in [("tex", "\\begin{align*}"), ("md", "$$"), ("txt", "∂z/∂u =")]:
        assert graphviz_bp("derive", "-e", TUTORIAL, "-o", tmp_path / f"z.{ending}").returncode == 0
        assert word in (tmp_path / f"z.{ending}").read_text(encoding="utf-8")


def test_a_terminal_is_not_flooded_with_svg(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for command in (["draw", "-e", TUTORIAL], ["operations"]):
        monkeypatch.setattr("sys.argv", ["graphviz-bp", *command])
        with pytest.raises(SystemExit):
            main()
        assert "name a file: -o" in capsys.readouterr().err
