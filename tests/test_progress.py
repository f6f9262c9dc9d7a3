"""Progress: told to whoever asks, shown on a terminal after a second, and to nobody else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import graphviz_bp as bp
from graphviz_bp.progress import watched


@pytest.mark.parametrize(("name", "how", "doing"), [
    ("x.gif", {}, "drawing frames"),
    ("x.pdf", {"frames": True}, "drawing pages"),
    ("x.png", {"frames": True}, "drawing frames"),
    ("x.pptx", {"frames": True}, "drawing slides"),
])  # fmt: skip
def test_work_on_frames_is_counted_to_its_end(name, how, doing, tmp_path):
    figure = bp.parse("z = x*y").backprop({"x": 1, "y": 2}).draw()
    told = []
    with watched(lambda *one: told.append(one)):
        figure.save(tmp_path / name, **how)
    count = len(figure.frames())
    assert told == [(doing, k, count) for k in range(1, count + 1)]


def test_nothing_is_printed_from_python(tmp_path, capfd):
    bp.parse("z = x*y").backprop({"x": 1, "y": 2}).draw().save(tmp_path / "x.gif")
    assert capfd.readouterr() == ("", "")


SLOW = """
import sys, time
from graphviz_bp.progress import bar, counted
with bar("drawing"):
    for _ in counted(range(8), "drawing frames"):
        time.sleep(float(sys.argv[1]))
"""


def on_a_terminal(seconds: float) -> str:
    """What a terminal sees of eight pieces of work of so many seconds."""
    pty = pytest.importorskip("pty", reason="there are no pseudo terminals on Windows")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    done = subprocess.Popen([sys.executable, "-c", SLOW, str(seconds)], stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
    except OSError:  # how a terminal says that the program has ended
        pass
    assert done.wait() == 0
    return seen.decode(errors="replace")


def test_a_terminal_sees_a_bar_beyond_a_second_only():
    assert "drawing frames" in on_a_terminal(0.16)
    assert on_a_terminal(0.0) == ""


def test_what_is_no_terminal_sees_nothing():
    done = subprocess.run([sys.executable, "-c", SLOW, "0.15"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_an_error_ends_the_bar_and_is_said():
    done = subprocess.run([sys.executable, "-m", "graphviz_bp", "draw", "-e", "z = 2*x", "-o", "x.tiff"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "svg, png, pdf" in done.stderr
