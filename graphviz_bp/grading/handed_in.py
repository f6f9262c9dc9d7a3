"""What was handed in: files and folders by student, read without trusting their names, kinds or sizes."""

from __future__ import annotations

import csv
import os
import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..errors import InputError
from ..reading.equations import ENDINGS

LARGEST = {"ipynb": 20_000_000}  # bytes of a file; a notebook carries its pictures
LARGEST_TEXT = 1_000_000
MOST_BYTES = 40_000_000  # of all files of a student
MOST_FILES, MOST_SEEN, DEEPEST = 50, 1_000, 4
IGNORED = ("__MACOSX", "Thumbs.db", "desktop.ini")
HEADS = ("id", "student", "sid", "username", "user", "login", "email", "student id", "name")
_CAREFUL = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class HandIn:
    """The files of one student; `problems` are what kept others from being read."""

    student: str
    paths: tuple[Path, ...]
    problems: tuple[str, ...] = ()

    def read(self) -> tuple[list[File], list[str]]:
        """The files with their contents, and what could not be read."""
        files, problems, total = list[File](), list(self.problems), 0
        for path in self.paths:
            try:
                files.append((clean(path.name), contents(path, MOST_BYTES - total)))
                total += len(files[-1][1])
            except InputError as error:
                problems.append(str(error))
        if not files and not problems:
            problems.append(f"there is no file to read, .{', .'.join(ENDINGS)}")
        return files, problems


def hand_ins(folder: Path, pattern: str | None = None, *, apart: Collection[Path] = (),
             single: bool = False) -> list[HandIn]:  # fmt: skip
    """What lies in a folder, by student: a file or a folder each, or what `pattern` finds in its name.

    `apart` are files of the teacher's that lie there too; with `single` the folder is one submission.
    """
    try:
        found = re.compile(pattern) if pattern else None
    except re.error as error:
        raise InputError(f"--id is no pattern: {error}", remedy="for example --id '^([a-z]+[0-9]+)_'") from None
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", remedy="give the folder with the submissions")
    if single:
        return [_hand_in(clean(folder.resolve().name), list(_entries(folder, apart)))]
    by_student: dict[str, list[os.DirEntry[str]]] = {}
    unnamed: set[str] = set()
    for entry in _entries(folder, apart):
        match = found.search(entry.name) if found else None
        whole = entry.name if _is_folder(entry) else Path(entry.name).stem
        name = clean((match[match.lastindex or 0] if match else "") or whole)
        if found and not match:
            unnamed.add(name)
        by_student.setdefault(name, []).append(entry)
    return [_hand_in(name, entries, name in unnamed) for name, entries in sorted(by_student.items())]


def _hand_in(student: str, entries: list[os.DirEntry[str]], unnamed: bool = False) -> HandIn:
    paths, problems = list[Path](), list[str]()
    others = list[str]()
    for entry in entries:
        for path, problem in islice(_files(entry, 0), MOST_SEEN):
            if problem:
                problems.append(problem)
            elif path.suffix.lower().lstrip(".") in ENDINGS:
                paths.append(path)
            else:
                others.append(clean(path.name))
    if len(paths) > MOST_FILES:
        problems.append(f"there are {len(paths)} files; the first {MOST_FILES} are read")
    if not paths and others:
        problems.append(f"{', '.join(sorted(others)[:3])} can not be read; use .{', .'.join(ENDINGS)}")
    if unnamed:
        problems.append("the pattern of --id finds no student in this name")
    return HandIn(student, tuple(sorted(paths)[:MOST_FILES]), tuple(problems))


def _entries(folder: Path | str, apart: Collection[Path] = ()) -> Iterator[os.DirEntry[str]]:
    """What a folder holds in the order of names, without hidden files and without what is the teacher's."""
    away = {os.path.abspath(path) for path in apart}
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            if entry.name[0] != "." and entry.name not in IGNORED and os.path.abspath(entry.path) not in away:
                yield entry


def _files(entry: os.DirEntry[str], depth: int) -> Iterator[tuple[Path, str]]:
    """The files of an entry; links are not followed, for they may lead to another student's work."""
    path = Path(entry.path)
    if entry.is_symlink():
        yield path, f"{clean(entry.name)} is a link"
    elif not _is_folder(entry):
        yield path, ""
    elif depth >= DEEPEST:
        yield path, f"{clean(entry.name)} lies too deep in folders"
    else:
        try:
            for inner in _entries(path):
                yield from _files(inner, depth + 1)
        except OSError as error:
            yield path, f"{clean(entry.name)} can not be opened: {error.strerror}"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def contents(path: Path, room: int) -> bytes:
    """The bytes of an ordinary file of ordinary size; pipes, devices, links and giants are refused."""
    name, limit = clean(path.name), min(room, LARGEST.get(path.suffix.lower().lstrip("."), LARGEST_TEXT))
    try:
        handle = os.open(path, _CAREFUL)
    except OSError as error:
        raise InputError(f"{name} can not be opened: {error.strerror}") from None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise InputError(f"{name} is no ordinary file")
        if facts.st_size > limit:
            raise InputError(f"{name} has {facts.st_size} bytes, more than {limit}")
        return file.read(limit)


def clean(name: str) -> str:
    """A name as it may be shown: nothing invisible, no control characters, 100 characters at most."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    return shown if len(shown) <= 100 else shown[:99] + "…"


def roster_of(path: Path) -> list[str]:
    """The students in a CSV file: the column called id or student, or the first."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"the roster {path} can not be read: {error}") from None
    if not rows:
        raise InputError(f"the roster {path} is empty", remedy="write one student a line")
    heads = [cell.strip().lower() for cell in rows[0]]
    titled = [heads.index(head) for head in HEADS if head in heads]
    column = titled[0] if titled else 0
    names = [clean(row[column].strip()) for row in rows[bool(titled) :] if len(row) > column and row[column].strip()]
    return list(dict.fromkeys(names))
