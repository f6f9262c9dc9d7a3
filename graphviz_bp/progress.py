"""How far long work has come. Nobody is told unless somebody asks: the command line does, on a terminal.

>>> with watched(lambda doing, done, of: print(doing, done, "of", of)):
...     drawn = [page for page in counted(["a", "b"], "drawing frames")]
drawing frames 1 of 2
drawing frames 2 of 2
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Timer
from typing import TypeVar

PATIENCE = 1.0  # seconds of work without a word

_T = TypeVar("_T")
_watcher: ContextVar[Callable[[str, int, int], None] | None] = ContextVar("watcher", default=None)


def counted(items: Sequence[_T], doing: str) -> Iterator[_T]:
    """The items, saying after each how many are done."""
    watcher = _watcher.get()
    for done, item in enumerate(items, 1):
        yield item
        if watcher is not None:
            watcher(doing, done, len(items))


@contextmanager
def watched(watcher: Callable[[str, int, int], None]) -> Iterator[None]:
    """While this lasts, the watcher is told what is being done, how much of it is, and of how much."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


@contextmanager
def bar(doing: str) -> Iterator[None]:
    """A bar on the terminal's standard error where work takes more than a second; it leaves nothing behind."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(stderr=True), transient=True)
    task = progress.add_task(doing, total=None)

    def told(doing: str, done: int, of: int) -> None:
        progress.update(task, description=doing, completed=done, total=of)

    late = Timer(PATIENCE, progress.start)
    late.daemon = True
    late.start()
    try:
        with watched(told):
            yield
    finally:
        late.cancel()
        late.join()
        progress.stop()
