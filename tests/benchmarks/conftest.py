"""`pytest tests/benchmarks` runs what the suite leaves out, and prints the board at the end."""

import board
import pytest


def pytest_configure(config):
    if any("benchmarks" in str(argument) for argument in config.invocation_params.args):
        config.option.markexpr = config.option.markexpr.replace("and not benchmark", "").replace("not benchmark", "")


def pytest_terminal_summary(terminalreporter):
    if board.LINES:
        terminalreporter.section("benchmarks")
        terminalreporter.write_line("times are the shortest of a few, taken in turns on this machine\n")
        for line in [*board.table(), "", *map(str, board.written())]:
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _as_it_is_used(recwarn):
    """Other packages may warn; that is not what is measured here."""
