"""Killable workers: each submission is examined in a process of its own, under a clock and a limit of memory.

What has been examined is written to a journal at once, so that a run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..graph import Graph
from .desk import Desk, Examined
from .handed_in import File, HandIn

if TYPE_CHECKING:
    from pebble import ProcessPool

_desk: Desk  # of a worker


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may cost."""

    seconds: float = 10
    megabytes: int = 2048
    workers: int | None = None


class Journal:
    """What has been examined, one JSON object a line; a line that was cut off by an interruption is left aside."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.known = path, dict[str, Examined]()
        if path is None:
            return
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from None
        for line in lines:
            try:
                entry = json.loads(line)
                self.known[entry["key"]] = Examined.of(entry["found"])
            except (ValueError, KeyError, TypeError, AttributeError):
                continue

    def write(self, key: str, found: Examined) -> None:
        """Remember what was found."""
        self.known[key] = found
        if self.path is None:
            return
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "found": found.plain()}) + "\n")
        except OSError as error:
            raise InputError(f"cannot write {self.path}: {error.strerror}") from None


def examined(graph: Graph, hand_ins: Iterable[HandIn], *, at: Mapping[str, Any], of: str, limits: Limits,
             journal: Journal, progress: Callable[[], object],
             accept_transpose: bool = False) -> dict[str, Examined]:  # fmt: skip
    """What was found in each submission, by student; none costs another its turn."""
    out = dict[str, Examined]()
    facts, desk = _facts(graph, at, of, accept_transpose), (graph, dict(at), of, accept_transpose)
    todo = _to_do(hand_ins, journal, facts, out, progress)
    try:
        first = list(islice(todo, 1))  # without anything to do no process is started
        if first:
            _work(chain(first, todo), desk, limits, journal, out, progress)
    except KeyboardInterrupt:
        remedy = "run the same command again to go on" if journal.path else ""
        raise InputError(f"stopped after {len(out)} submissions", remedy=remedy) from None
    return out


Task = tuple[str, str, list[File], list[str]]
Facts = tuple[Graph, dict[str, Any], str, bool]  # what a desk is made of


def _to_do(hand_ins: Iterable[HandIn], journal: Journal, facts: str, out: dict[str, Examined],
           progress: Callable[[], object]) -> Iterator[Task]:  # fmt: skip
    """The submissions that are not in the journal, read one at a time."""
    for hand_in in hand_ins:
        files, problems = hand_in.read()
        key = _key(facts, files, problems)
        if key in journal.known:
            out[hand_in.student] = journal.known[key]
        elif not files:
            out[hand_in.student] = Examined(problems=tuple(problems))
        else:
            yield hand_in.student, key, files, problems
            continue
        progress()


def _work(todo: Iterator[Task], desk: Facts, limits: Limits, journal: Journal,
          out: dict[str, Examined], progress: Callable[[], object]) -> None:  # fmt: skip
    """Give each task to a worker, in pool after pool if one breaks, as when the system kills its idle workers."""

    def finished(task: Task, found: Examined, lasting: bool) -> None:
        out[task[0]] = found
        if lasting:
            journal.write(task[1], found)
        progress()

    lost = _shift(todo, *_pool(desk, limits), limits, finished)
    while lost:
        before = len(out)
        lost = _shift(chain(lost, todo), *_pool(desk, limits), limits, finished)
        if lost and len(out) == before:
            raise InputError("the workers do not start", remedy="allow them more memory")


def _shift(todo: Iterator[Task], pool: ProcessPool, count: int, limits: Limits,
           finished: Callable[[Task, Examined, bool], None]) -> list[Task]:  # fmt: skip
    """What one pool of workers gets done; the tasks it leaves if it breaks are handed back.

    A few tasks wait at a time, so that many large files never lie in memory together.
    """
    waiting, lost = dict[Future[Any], Task](), list[Task]()
    try:
        while not lost:
            for task in islice(todo, 4 * count - len(waiting)):
                try:
                    waiting[pool.schedule(_examine, args=task[2:], timeout=limits.seconds)] = task
                except RuntimeError:  # the pool broke since
                    lost.append(task)
            if not waiting:
                break
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                task = waiting.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.append(task)
                else:
                    finished(task, *_result(future, task[3], limits))
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
    return [*lost, *waiting.values()]


def _result(future: Future[Any], problems: Iterable[str], limits: Limits) -> tuple[Examined, bool]:
    """What a worker found, or why it found nothing, and whether that will be so the next time."""
    from pebble import ProcessExpired

    try:
        return Examined.of(future.result()), True
    except TimeoutError:
        why = f"checking it took longer than {limits.seconds:g} s"
    except MemoryError:
        why = f"checking it took more than {limits.megabytes} MB of memory"
    except ProcessExpired as error:
        why = f"checking it ended the worker (exit code {error.exitcode})"
    except Exception as error:  # an item may fail in any way, and the others go on
        why = f"it can not be checked ({type(error).__name__}: {str(error)[:80]})"
    return Examined(problems=(*problems, why)), False


def _pool(desk: Facts, limits: Limits) -> tuple[ProcessPool, int]:
    """Workers that start warm: where there is a fork server, it has the package loaded already."""
    from pebble import ProcessPool

    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload([__name__, "sympy", "numpy", "lark"])
    count = limits.workers or max(1, min(os.cpu_count() or 1, 16))
    arguments = (*desk, limits.megabytes)
    return ProcessPool(max_workers=count, initializer=_start, initargs=arguments, context=context), count


def _start(graph: Graph, at: Mapping[str, Any], of: str, accept_transpose: bool, megabytes: int) -> None:
    """In a worker: limit its memory, and work through one answer so that the first student waits no longer."""
    global _desk
    _limit_memory(megabytes)
    _desk = Desk(graph, at, of, accept_transpose)
    _desk.examined([("warm.txt", f"d{of}/d{graph.names[0]} = 12345".encode())])


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the clock still holds there
        return
    for what, size in ((resource.RLIMIT_AS, megabytes * 2**20), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        allowed = size if hard == resource.RLIM_INFINITY else min(size, hard)
        try:
            resource.setrlimit(what, (allowed, allowed))
        except (ValueError, OSError):  # macOS knows the name of the limit of memory but does not keep it
            continue


def _examine(files: list[File], problems: list[str]) -> dict[str, Any]:
    return _desk.examined(files, problems).plain()


# -- what the journal goes by


def _key(facts: str, files: Iterable[File], problems: Iterable[str]) -> str:
    total = hashlib.sha256(facts.encode())
    for name, data in files:
        total.update(f"{name!r} {len(data)} ".encode() + data)
    total.update(repr(list(problems)).encode())
    return total.hexdigest()


def _facts(graph: Graph, at: Mapping[str, Any], of: str, accept_transpose: bool) -> str:
    """Everything that verdicts depend on, but for the submission itself, as a text."""
    from importlib.metadata import version

    tape = graph.tape
    nodes = [
        (o.name if (o := tape.operation(n)) else str(tape.constants.get(n, "input")), tape.operands_of(n),
         str(tape.statics.get(n)), tape.shape(n), tape.names.get(n))
        for n in range(len(tape))
    ]  # fmt: skip
    inputs = [(name, facts.role, str(facts.domain), str(facts.default)) for name, facts in tape.inputs.items()]
    values = sorted((name, repr(value)) for name, value in at.items())
    asked = (graph.output, of, values, accept_transpose)
    return repr((version("graphviz_bp"), nodes, inputs, sorted(graph.labels.items()), asked))
