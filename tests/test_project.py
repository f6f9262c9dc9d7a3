"""The project as a whole: README and examples run, imports go downward, names are few, the version is written once."""

from __future__ import annotations

import ast
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import graphviz_bp as bp

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "graphviz_bp"
README = (ROOT / "README.md").read_text(encoding="utf-8")

LAYERS = [  # a room imports, at module level, only from layers above it in this list
    {"errors", "progress"},
    {"numbers"},
    {"operations"},
    {"graph"},
    {"notation"},
    {"levels"},
    {"backprop"},
    {"reading", "gradient_graph", "engine", "live", "derivation"},
    {"derivatives", "equality", "training"},
    {"faults", "agreement"},
    {"check"},
    {"figure"},
    {"grading", "worksheets", "models", "plots"},
    {"courses"},
    {"cli"},
    {"__main__"},
]
LAYER = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path, top_level: bool) -> set[str]:
    """The package's rooms that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else list(ast.walk(tree))
    found = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            depth = len(path.relative_to(PACKAGE).parts)
            if node.level == depth and node.module:
                found.add(node.module.split(".")[0])
            elif node.level == depth:
                found.update(alias.name for alias in node.names)
            elif node.level == 0 and node.module and node.module.startswith("graphviz_bp."):
                found.add(node.module.split(".")[1])
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_level_imports_go_downward(path):
    room = room_of(path)
    if room == "__init__":
        return
    assert room in LAYER, f"say where {room} belongs"
    for other in imported(path, top_level=True) - {room}:
        assert LAYER[other] < LAYER[room], f"{room} imports {other}"


def test_the_readme_names_every_room():
    table = README[README.index("## Design") :]
    missing = [room for room in LAYER if room != "__main__" and f"`{room}" not in table]
    assert missing == []


def test_importing_the_package_loads_nothing_heavy():
    code = "import graphviz_bp, sys; print(sorted({'sympy', 'numpy', 'ziamath', 'pygraphviz', 'networkx', 'lark', 'scipy'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_help_loads_nothing_heavy():
    code = """
import sys
from graphviz_bp.cli import app
try: app(["--help"], standalone_mode=False)
finally: print(sorted({'sympy', 'numpy', 'ziamath', 'pygraphviz', 'networkx', 'lark', 'scipy'} & set(sys.modules)))
"""
    assert "[]" in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_every_public_name_is_there():
    for name in bp.__all__:
        assert getattr(bp, name) is not None
    assert callable(bp.tanh)
    with pytest.raises(AttributeError):
        bp.no_such_thing  # noqa: B018


def test_the_version_is_written_once():
    written = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)
    assert written
    assert bp.__version__ == written[1]


def test_readme_python_runs_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.S):
        exec(compile(block, "README.md", "exec"), names)
    assert (tmp_path / "tutorial.svg").read_text().startswith("<svg")


def test_readme_shows_the_derivation_as_it_is():
    shown = re.search(r"```text\n(.*?)```", README, re.S)
    assert shown
    assert shown[1].rstrip() == str(bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).derive("u"))


def test_readme_commands_run(tmp_path):
    (tmp_path / "tutorial.bp").write_text((ROOT / "examples" / "tutorial.bp").read_text())
    commands = re.search(r"## Command line\n+```sh\n(.*?)```", README, re.S)
    assert commands
    for command in commands[1].strip().split("\n"):
        program, *arguments = shlex.split(command)
        assert program == "graphviz-bp"
        done = subprocess.run(
            [sys.executable, "-m", "graphviz_bp", *arguments], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout or (tmp_path / arguments[-1]).exists()


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_examples_run_and_make_a_figure(script, tmp_path, monkeypatch):
    if "plots" in script.read_text():
        pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script))
    (figure,) = tmp_path.glob("*.svg")
    assert figure.stat().st_size > 2000
    assert len(script.read_text().splitlines()) <= 30


def test_the_pictures_of_the_gallery_say_what_the_models_say():
    """Their titles and descriptions; `python examples/figures/make.py` draws them anew."""
    make = runpy.run_path(str(ROOT / "examples" / "figures" / "make.py"))
    for name in make["GALLERY"]:
        shown = (ROOT / "examples" / "figures" / f"{name}.svg").read_text(encoding="utf-8")
        told = [re.findall(r"<(?:title|desc)[^>]*>[^<]*", text)[:2] for text in (shown, make["drawn"](name))]
        assert told[0] == told[1], name
        assert f"examples/figures/{name}.svg" in README


@pytest.mark.parametrize("source", sorted((ROOT / "examples").glob("*.bp")), ids=lambda p: p.name)
def test_example_texts_are_read_and_drawn(source):
    assert bp.parse(source.read_text()).draw().svg.startswith("<svg")


def test_the_same_input_gives_the_same_bytes_under_every_hash_seed():
    code = """
import graphviz_bp as bp
run = bp.parse("data y; a = w1*x1 + w2*x2 + b; h = sigmoid(a); L = (h - y)^2").backprop(dict(w1=1, x1=2, w2=3, x2=-1, b=0.5, y=1))
import hashlib
print(hashlib.sha256((run.draw().svg + run.derive().text + run.draw().to_graphviz().source).encode()).hexdigest())
"""
    import os

    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(seen) == 1


def test_pytest_runs_the_examples_in_docstrings():
    """Every public docstring's example runs (here rather than by an option, so that each room is loaded once)."""
    import doctest
    from importlib import import_module

    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "__main__.py":
            module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
            failed, _ = doctest.testmod(module)
            assert failed == 0, path.name


def test_readme_lists_every_choice_of_a_figure():
    from graphviz_bp.figure.figure import ENDINGS
    from graphviz_bp.figure.levels import LEVELS
    from graphviz_bp.figure.themes import THEMES
    from graphviz_bp.notation.style import NOTATIONS

    table = README.split("| choice | of |")[1].split("\n\n")[0]
    assert all(f"`{choice}`" in table for choice in (*(f".{e}" for e in ENDINGS), *LEVELS, *THEMES, *NOTATIONS))


def test_readme_has_a_line_for_every_room():
    table = README.split("| room | what it does |")[1].split("\n\n")[0]
    for room in LAYER:
        assert room == "__main__" or re.search(rf"`{room}/?`", table), room
