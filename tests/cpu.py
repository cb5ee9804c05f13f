"""What tests take of the processors, by folder and by test: seconds of the wall say as much about the other workers.

`make test ARGS=--durations=20` prints it. The processes that a test waits for count as its own.
"""

from __future__ import annotations

import resource
from collections import Counter, defaultdict
from collections.abc import Generator
from pathlib import PurePosixPath

import pytest

CPU = "cpu"


def cpu_seconds() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class CpuByTest:
    """Collects in the process that reports, which with several workers is none of them."""

    def __init__(self) -> None:
        self._before = cpu_seconds()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        before, self._before = self._before, cpu_seconds()
        report.user_properties = [*report.user_properties, (CPU, self._before - before)]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        seconds = dict(report.user_properties).get(CPU, 0.0)
        assert isinstance(seconds, float)
        self._seconds[report.nodeid] += seconds

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        most: int | None = terminalreporter.config.option.durations
        if most is None:
            return
        folders: defaultdict[str, float] = defaultdict(float)
        tests: Counter[str] = Counter()
        for test, seconds in self._seconds.items():
            folder = str(PurePosixPath(test.partition("::")[0]).parent)
            folders[folder] += seconds
            tests[folder] += 1
        terminalreporter.section(f"CPU seconds: {sum(folders.values()):.0f}, {sum(tests.values())} tests")
        for folder, seconds in sorted(folders.items(), key=_by_seconds):
            terminalreporter.line(f"{seconds:8.1f} {tests[folder]:6} {folder}")
        for test, seconds in sorted(self._seconds.items(), key=_by_seconds)[: most or None]:
            terminalreporter.line(f"{seconds:8.2f} {test}")


def _by_seconds(entry: tuple[str, float]) -> float:
    return -entry[1]
