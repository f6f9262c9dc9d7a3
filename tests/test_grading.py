"""Grading: hostile files, killable workers, points, errors carried forward, clusters, and the tables."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from fractions import Fraction

import pytest

import graphviz_bp as bp
from graphviz_bp.grading import grade, handed_in, workers
from graphviz_bp.grading.desk import Desk
from graphviz_bp.grading.expected import expected_claims
from graphviz_bp.grading.handed_in import clean, hand_ins, roster_of
from graphviz_bp.grading.marking import Decision, cluster_of, clusters, decisions_in, marked
from graphviz_bp.grading.tables import cell, file_name
from graphviz_bp.grading.workers import Journal, Limits

TUTORIAL = bp.parse("v = u**2; w = 6*u; z = v*w")
CHAIN = bp.parse("data x, y; a = w*x + b; h = tanh(a); L = (h - y)^2")


def answers(graph, text, ending="txt", **options):
    return Desk(graph, **options).examined([(f"answers.{ending}", text.encode())]).answers


def submission(graph, text, claims=None, carry="full", decisions=None, **options):
    found = Desk(graph, **options).examined([("answers.txt", text.encode())])
    return marked("anna", found, expected_claims(graph, claims), carry, decisions or {}, graph.output)


def folder(path, **files):
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.txt").write_text(text)
    return path


# -- points


@pytest.mark.parametrize(
    ("text", "points", "states"),
    [
        ("dz/du = 18*u^2", 1, ["right"]),
        ("dz/du = 2*u*w", 0, ["wrong"]),
        ("", 0, ["missing"]),
        ("dz/du = 2*u*w + 6*v = 18*u^2", 1, ["right"]),
        ("dz/du = 2*u*w + 6*v = 17*u^2", 0, ["wrong"]),
        ("dz/du = dv/du*dz/dv + dw/du*dz/dw\ndz/du = 18*u^2", 1, ["right"]),
        ("dz/dv = w\ndz/dw = v\ndz/du = 2*u*dz/dv + 6*dz/dw", 1, ["right"]),
        ("dz/du = 18*u^^2", 0, ["look"]),
    ],
)
def test_points_of_a_claim(text, points, states):
    graded = submission(TUTORIAL, text)
    assert graded.points == points
    assert [credit.state for credit in graded.credits] == states


@pytest.mark.parametrize(
    "text",
    [
        "dz/du = dz/du",  # true, and says nothing
        "dz/du = dz/du + 0*u",
        "dz/du = dv/du*dz/dv + dw/du*dz/dw",  # the rule without its working
        "dz/du = 2*u*dz/dv + 6*dz/dw",
        "dz/dv = dz/du/u - 2*w\ndz/du = u*dz/dv + 2*u*w",  # in a circle
        "dz/du = 18*u^2\ndz/du = 450*u",  # one of them will be right
    ],
)
def test_an_answer_that_gives_nothing_away_is_for_a_person(text):
    graded = submission(TUTORIAL, text)
    assert (graded.points, graded.state) == (0, "look")


def test_claims_are_worth_what_the_teacher_says():
    graded = submission(TUTORIAL, "dz/du = 18*u^2\ndz/dw = v\ndz/dv = v", claims="u: 2, dz/dv: 1/2, w")
    assert [credit.points for credit in graded.credits] == [2, 0, 1]
    assert (graded.points, graded.worth) == (3, Fraction(7, 2))


@pytest.mark.parametrize("claims", ["q", "u: many", "u, u", "u, dz/du", "", "u + v", "u: -1", "u: 1/0"])
def test_claims_that_make_no_sense_are_refused(claims):
    with pytest.raises(bp.InputError):
        expected_claims(TUTORIAL, claims)


def test_every_parameter_is_asked_for_unless_the_teacher_says_otherwise():
    assert [e.claim for e in expected_claims(CHAIN, None)] == ["∂L/∂w", "∂L/∂b"]


# -- errors carried forward

CARRIED = [  # graph, answers, what the last one follows from
    (TUTORIAL, "dz/dv = 7*u; dz/du = 20*u^2", ("∂z/∂v",)),
    (TUTORIAL, "dz/du = 20*u^2; dz/dv = 7*u", ("∂z/∂v",)),  # in whatever order they stand
    (TUTORIAL, "dz/dv = v; dz/dw = w; dz/du = 2*u*v + 6*w", ("∂z/∂v", "∂z/∂w")),
    (TUTORIAL, "dv/du = u; dz/du = u*w + 6*v", ("∂v/∂u",)),
    (TUTORIAL, "dz/dv = 7*u; dz/du = 7*u*2*u + 6*u^2 = 20*u^2", ("∂z/∂v",)),
    (CHAIN, "dL/dh = h - y; dL/dw = (h - y)*(1 - h^2)*x", ("∂L/∂h",)),
    (CHAIN, "dh/da = 1 - h; dL/db = 2*(h - y)*(1 - h)", ("∂h/∂a",)),
    (CHAIN, "dL/dh = h - y; dh/da = 1 - h; dL/db = (h - y)*(1 - h)", ("∂L/∂h", "∂h/∂a")),
]
NOT_CARRIED = [
    (TUTORIAL, "dz/dv = 7*u; dz/du = 21*u^2"),  # another mistake on top
    (TUTORIAL, "dz/dv = w; dz/du = 20*u^2"),  # nothing wrong before it
    (TUTORIAL, "dz/dv = 7*u; dz/du = 20*u^2 = 21*u^2"),  # a wrong step after the right one
    (CHAIN, "dL/dw = 2*(h - y)*x; dL/db = 2*(h - y)"),  # w is not on the way back to b
    (CHAIN, "dL/db = 2*(h - y); dL/dw = 2*(h - y)*x"),
]


@pytest.mark.parametrize(("graph", "text", "wrong"), CARRIED)
def test_a_right_step_from_an_own_mistake_is_found_and_named(graph, text, wrong):
    given = answers(graph, text)
    carried = [answer for answer in given if answer.carried]
    assert [answer.carried for answer in carried] == [wrong]
    assert carried[0].verdict == "different"


@pytest.mark.parametrize(("graph", "text"), NOT_CARRIED)
def test_a_new_mistake_is_not_carried(graph, text):
    assert not any(answer.carried for answer in answers(graph, text))


def test_numbers_are_carried_at_given_values():
    given = answers(TUTORIAL, "dz/dv = 31; dz/du = 460", at={"u": 5})
    assert given[1].carried == ("∂z/∂v",)


@pytest.mark.parametrize(("carry", "points"), [("full", 2), ("half", 1), ("none", 0)])
def test_what_is_carried_earns_what_the_teacher_says(carry, points):
    graded = submission(TUTORIAL, "dz/dv = 7*u; dz/du = 20*u^2", claims="u: 2", carry=carry)
    assert graded.points == points
    assert "∂z/∂v" in graded.credits[0].said


# -- clusters


def test_the_same_mistake_is_one_cluster_however_it_is_written():
    each = [submission(TUTORIAL, f"dz/du = {text}") for text in ("2*u*w", "12*u^2", "2u \\cdot w", "18*u^2", "19*u^2")]
    found = clusters(each, {})
    assert [len(cluster.students) for cluster in found] == [1, 1]  # they are all called anna
    assert "path" in found[0].mistake or "path" in found[1].mistake
    names = [cluster_of(s.found.answers[0]) for s in each]
    assert names[0] == names[1] == names[2] != names[4]
    assert names[3] == ""


def test_wrong_answers_that_meet_at_small_numbers_are_not_the_same():
    names = {cluster_of(a) for a in answers(TUTORIAL, "dz/du = 5*u; dz/du = 5*u^2; dz/du = 5*u^3; dz/du = 5 * u * u")}
    assert len(names) == 3


def test_a_decision_gives_its_points_to_all_who_made_the_mistake():
    text = "dz/du = 2*u*w"
    name = cluster_of(answers(TUTORIAL, text)[0])
    graded = submission(TUTORIAL, text, claims="u: 4", decisions={name: Decision(Fraction(3), "nearly")})
    assert (graded.points, graded.credits[0].state, graded.credits[0].said) == (3, "decided", "nearly")
    with pytest.raises(bp.InputError, match="worth 1"):
        submission(TUTORIAL, text, decisions={name: Decision(Fraction(3))})


def test_what_is_unreadable_or_not_worked_out_can_be_decided_as_well():
    for text in ("dz/du = 18*u^^2", "dz/du = 2*u*dz/dv + 6*dz/dw"):
        name = cluster_of(answers(TUTORIAL, text)[0])
        graded = submission(TUTORIAL, text, decisions={name: Decision(Fraction(1))})
        assert (graded.points, graded.state) == (1, "graded")


def test_decisions_are_read_from_the_table_of_clusters(tmp_path):
    (tmp_path / "overrides.csv").write_text('cluster,points,comment\nm-1,"1,5",half\nm-2,,\n')
    assert decisions_in(tmp_path / "overrides.csv") == {"m-1": Decision(Fraction(3, 2), "half")}
    for bad in ("a,b\n1,2\n", "cluster,points\nm-1,much\n"):
        (tmp_path / "bad.csv").write_text(bad)
        with pytest.raises(bp.InputError):
            decisions_in(tmp_path / "bad.csv")


# -- what is handed in


def test_students_are_known_by_the_names_of_files_and_folders(tmp_path):
    folder(tmp_path, anna_12_a="", ben_13_a="")
    folder(tmp_path / "carl_14", a="", b="")
    (tmp_path / ".hidden").write_text("")
    assert [h.student for h in hand_ins(tmp_path)] == ["anna_12_a", "ben_13_a", "carl_14"]
    found = hand_ins(tmp_path, "^([a-z]+)_")
    assert [(h.student, len(h.paths)) for h in found] == [("anna", 1), ("ben", 1), ("carl", 2)]
    (unnamed,) = [h for h in hand_ins(tmp_path, "^(b[a-z]+)_") if h.student == "carl_14"]
    assert "--id" in unnamed.problems[0]
    (together,) = hand_ins(tmp_path, single=True)
    assert len(together.paths) == 4


HOSTILE = {
    "nul.txt": b"dz/du = 18*u^2\0",
    "latin.txt": "dz/du = größe".encode("latin-1"),
    "wide.txt": "dz/du = 18*u^2".encode("utf-16"),
    "zip.ipynb": b"PK\x03\x04" + b"x" * 100,
    "deep.ipynb": b"[" * 100_000,
    "list.ipynb": b"[1, 2]",
    "cells.ipynb": b'{"cells": [{"cell_type": "markdown", "source": {"a": 1}}]}',
    "giant.txt": b"x" * 1_000_001,
    "scan.pdf": b"%PDF-1.7",
    "page.tex": b"\x89PNG\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_text_is_unreadable_and_says_why(name, tmp_path):
    (tmp_path / name).write_bytes(HOSTILE[name])
    (hand_in,) = hand_ins(tmp_path)
    found = Desk(TUTORIAL).examined(*hand_in.read())
    graded = marked("anna", found, expected_claims(TUTORIAL, None), "full", {}, "z")
    assert graded.state == "unreadable"
    assert graded.problems


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_links_pipes_and_folders_in_folders_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("dz/du = 18*u^2")
    inside = tmp_path / "in"
    folder(inside, anna="dz/du = 1")
    os.symlink(tmp_path / "secret", inside / "ben.txt")
    os.symlink(tmp_path, inside / "carl")
    os.mkfifo(inside / "dora.txt")
    (inside / "emil" / "a" / "b" / "c" / "d" / "e").mkdir(parents=True)
    read = {h.student: h.read() for h in hand_ins(inside)}
    assert [student for student, (files, _) in read.items() if files] == ["anna"]
    assert all(problems for student, (_, problems) in read.items() if student != "anna")


def test_a_file_that_can_be_read_counts_though_another_can_not(tmp_path):
    folder(tmp_path / "anna", a="dz/du = 18*u^2")
    (tmp_path / "anna" / "b.txt").write_bytes(b"\0")
    (hand_in,) = hand_ins(tmp_path)
    found = Desk(TUTORIAL).examined(*hand_in.read())
    graded = marked("anna", found, expected_claims(TUTORIAL, None), "full", {}, "z")
    assert (graded.points, graded.state) == (1, "look")


def test_the_files_of_one_student_have_a_limit_together(tmp_path, monkeypatch):
    monkeypatch.setattr(handed_in, "MOST_BYTES", 25)
    folder(tmp_path / "anna", a="dz/du = 18*u^2", b="dz/dv = w", c="dz/dw = v and more")
    ((hand_in),) = hand_ins(tmp_path)
    files, problems = hand_in.read()
    assert [name for name, _ in files] == ["a.txt", "b.txt"]
    assert "c.txt has 18 bytes, more than 2" in problems[0]


@pytest.mark.parametrize("text", ["student,name\nanna,Anna\nben,Ben\n", "anna\nben\nanna\n", "Name,ID\nAnna,anna\nBen,ben\n"])  # fmt: skip
def test_a_roster_has_a_column_of_students(text, tmp_path):
    (tmp_path / "roster.csv").write_text(text)
    assert roster_of(tmp_path / "roster.csv") == ["anna", "ben"]


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# -- names and cells


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1+1", "＝1", "\n=1"])
def test_no_cell_is_a_formula(text):
    assert cell(text).startswith("'")


@pytest.mark.parametrize("student", ["../../etc/passwd", "/etc/passwd", "CON", "..", "a/b", "A", "x" * 300, "\u202egnp", "ä", "-rf", "nul.txt"])  # fmt: skip
def test_a_report_stays_in_its_folder_and_is_nobody_elses(student):
    name = file_name(student)
    assert "/" not in name
    assert not name.startswith((".", "-"))
    assert len(name) < 80
    others = {file_name(other) for other in ("a", "x", "con", "etc-passwd", student + "!", student.lower() + ".")}
    assert name not in others
    assert clean(student).isprintable()


# -- a whole run


def nasty(files, problems):
    """What a worker does in the next tests: as always, unless the file says otherwise."""
    ((_, data),) = files
    if b"hang" in data:
        while True:
            pass
    if b"sleep" in data:
        time.sleep(60)
    if b"exit" in data:
        os._exit(7)
    if b"crash" in data:
        os.kill(os.getpid(), 11)
    if b"bomb" in data:
        return "x" * 10**12
    if b"recursion" in data:
        return nasty(files, problems)
    return workers._desk.examined(files, problems).plain()


def unable(*_):
    raise MemoryError


@pytest.mark.slow
def test_workers_that_do_not_start_are_one_message(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "_start", unable)
    with pytest.raises(bp.InputError, match="do not start"):
        grade(TUTORIAL, folder(tmp_path, anna="dz/du = 1", ben="dz/du = 2"), limits=Limits(workers=1))


@pytest.mark.slow
def test_a_crash_or_hang_of_one_costs_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "_examine", nasty)
    kinds = ("hang", "sleep", "exit", "crash", "bomb", "recursion")
    inside = folder(tmp_path / "in", **{f"{kind}{k}": kind for kind in kinds for k in range(2)})
    folder(inside, **{f"good{k:02}": "dz/du = 18*u^2" for k in range(20)})
    graded = grade(TUTORIAL, inside, limits=Limits(1, 1024, 2), journal=tmp_path / "journal")
    assert {s.student: s.points for s in graded if s.student.startswith("good")} == {f"good{k:02}": 1 for k in range(20)}
    said = {s.student: s.problems[0] for s in graded if not s.student.startswith("good")}
    assert all("longer than 1 s" in said[f"{kind}{k}"] for kind in ("hang", "sleep") for k in range(2))
    assert all("exit code" in said[f"{kind}{k}"] for kind in ("exit", "crash") for k in range(2))
    assert "memory" in said["bomb0"]
    assert "RecursionError" in said["recursion1"]
    assert len(Journal(tmp_path / "journal").known) == 20


def test_a_run_that_was_interrupted_goes_on_where_it_stopped(tmp_path, monkeypatch):
    inside = folder(tmp_path / "in", anna="dz/du = 18*u^2", ben="dz/du = 2*u*w")
    first = grade(TUTORIAL, inside, journal=tmp_path / "journal", limits=Limits(workers=1))
    with (tmp_path / "journal").open("a") as file:
        file.write('{"key": "torn')
    monkeypatch.setattr(workers, "_work", None)  # whoever starts a worker now fails
    assert grade(TUTORIAL, inside, journal=tmp_path / "journal") == first
    assert grade(TUTORIAL, inside, journal=tmp_path / "journal", claims="u: 2")["anna"].points == 2
    for changed in ({"at": {"u": 5}}, {"of": "w"}):
        with pytest.raises(TypeError):
            grade(TUTORIAL, inside, journal=tmp_path / "journal", **changed)


def command(*arguments, cwd):
    return subprocess.run([sys.executable, "-m", "graphviz_bp", *map(str, arguments)], capture_output=True, text=True, cwd=cwd)  # fmt: skip


def test_the_command_writes_a_table_and_a_report_for_each_student(tmp_path):
    (tmp_path / "tutorial.bp").write_text("v = u^2\nw = 6*u\nz = v*w\n")
    (tmp_path / "roster.csv").write_text("id\nanna\nben\ncarl\n=1+1\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "anna.tex").write_text(r"$\frac{\partial z}{\partial u} = 18u^2$")
    (tmp_path / "in" / "ben.txt").write_text("dz/du = 2*u*w")
    (tmp_path / "in" / "dora.txt").write_text("dz/du = <script>alert(1)</script>")
    options = ("grade", "tutorial.bp", "in", "--roster", "roster.csv")
    done = command(*options, "-o", "results.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "you left out the path" in done.stdout
    rows = {row["student"]: row for row in table(tmp_path / "results.csv")}
    assert {name: (row["points"], row["state"]) for name, row in rows.items()} == {
        "'=1+1": ("0", "missing"), "anna": ("1", "graded"), "ben": ("0", "graded"), "carl": ("0", "missing"),
        "dora": ("0", "look"),
    }  # fmt: skip
    reports = tmp_path / "results" / "students"
    assert len(list(reports.iterdir())) == 5
    assert "left out the path" in (reports / "ben.md").read_text(encoding="utf-8")
    look = (tmp_path / "results" / "look.md").read_text(encoding="utf-8")
    assert "not on the roster" in look
    assert "<script" not in look
    (decided,) = [row for row in table(tmp_path / "results" / "clusters.csv") if "path" in row["mistake"]]
    (tmp_path / "overrides.csv").write_text(f"cluster,points\n{decided['cluster']},0.5\n")
    done = command(*options, "--overrides", "overrides.csv", "-o", "results.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    plain = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert plain["ben"]["score"] == 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tutorial.bp", "nowhere"], "no folder"),
        (["tutorial.bp", "."], "nothing in"),
        (["tutorial.bp", "in", "-o", "results.xlsx"], "no format"),
        (["tutorial.bp", "in", "-o", "in.csv"], "among the submissions"),
        (["tutorial.bp", "in", "--carry", "most"], "full, half, none"),
        (["tutorial.bp", "in", "--id", "("], "no pattern"),
        (["tutorial.bp", "in", "--roster", "none.csv"], "can not be read"),
        (["tutorial.bp", "in", "--claims", "q"], "no node q"),
    ],
)
def test_what_a_teacher_got_wrong_is_one_message(arguments, message, tmp_path, monkeypatch, capsys):
    from graphviz_bp.cli import main

    (tmp_path / "tutorial.bp").write_text("z = u^2")
    folder(tmp_path / "in", anna="u = 2*u") if "nothing in" not in message else None
    monkeypatch.chdir(tmp_path)
    if arguments[1] == ".":
        (tmp_path / "tutorial.bp").rename(tmp_path / ".tutorial.bp")
        arguments = [".tutorial.bp", "."]
    monkeypatch.setattr(sys, "argv", ["graphviz-bp", "grade", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_an_autograder_grades_one_folder_by_a_key(tmp_path, monkeypatch, capsys):
    from graphviz_bp.cli import main

    (tmp_path / "tutorial.bp").write_text("v = u^2; w = 6*u; z = v*w")
    (tmp_path / "key.txt").write_text("dz/du: 2\ndz/dv  # one point\ndv/du: 1/2\n")
    folder(tmp_path / "submission", page1="dz/du = 18*u^2", page2="dz/dv = w; dv/du = 2")
    monkeypatch.chdir(tmp_path)
    options = ["tutorial.bp", "submission", "--gradescope", "--key", "key.txt", "-o", "results.json", "--workers", "1"]
    monkeypatch.setattr(sys, "argv", ["graphviz-bp", "grade", *options])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert results["score"] == 3.0
    assert [test["max_score"] for test in results["tests"]] == [2.0, 1.0, 0.5]
    assert "1 submission, 3.00 of 3.5 points" in capsys.readouterr().out


def test_one_submission_is_gradescopes_results(tmp_path):
    """The format of https://gradescope-autograders.readthedocs.io/en/latest/specs/"""
    found = Desk(TUTORIAL).examined([("a.txt", b"dz/du = 18*u^2\ndz/dv = v")])
    from graphviz_bp.grading import Grade

    expected = tuple(expected_claims(TUTORIAL, "u: 2, v"))
    one = marked("anna", found, expected, "full", {}, "z")
    Grade(expected, (one,), ()).save(tmp_path / "results.json")
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert "anna: 2 of 3 (graded)" in str(Grade(expected, (one,), ()))
    assert "| anna | 2 of 3 | 2 ✓ | 0 ✗ |" in Grade(expected, (one,), ()).markdown
    assert results["score"] == 2.0
    assert results["output_format"] in ("text", "html", "simple_format", "md", "ansi")
    assert results["visibility"] in ("hidden", "after_due_date", "after_published", "visible")
    assert [(t["name"], t["score"], t["max_score"], t["status"]) for t in results["tests"]] == [
        ("∂z/∂u", 2.0, 2.0, "passed"), ("∂z/∂v", 0.0, 1.0, "failed")
    ]  # fmt: skip
    allowed = {"name", "name_format", "number", "score", "max_score", "status", "output", "output_format", "visibility"}
    assert all(set(test) <= allowed for test in results["tests"])
    assert all(isinstance(test["output"], str) for test in results["tests"])
