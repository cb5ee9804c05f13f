"""Tests in several processes, which are forked when everything has been collected: `--workers 4`.

pytest-xdist starts each worker as a new Python. It imports and collects everything again, 13 CPU seconds that four
workers spend four times, and gets its share of the files before anybody knows how long they take. Here a worker begins
with all that was loaded, and takes the next group of tests when it has nothing left to do.
"""

from __future__ import annotations

import itertools
import os
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, NoReturn

import pytest

GROUP = struct.Struct("I")  # the number of a group of tests, as it is read from the queue in one piece
Groups = list[list[pytest.Item]]
Life = Callable[[pytest.Session], AbstractContextManager[None]]


def groups_of(items: Sequence[pytest.Item]) -> Groups:
    """The tests of a file are one worker's: what they share is made once. Those that share nothing because their file
    has it made anew for other parameters are apart."""
    return [list(group) for _, group in itertools.groupby(items, _shared_by)]


def _shared_by(item: pytest.Item) -> tuple[object, ...]:
    spec = getattr(item, "callspec", None)
    if spec is None:
        return (item.path,)
    return item.path, *(spec.indices[name] for name, scope in spec._arg2scope.items() if scope.value == "module")


class ForkedWorkers:
    """Runs the tests of a session in `count` processes, each of them within its own `life`."""

    def __init__(self, count: int, life: Life) -> None:
        self._count = count
        self._life = life

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed or session.config.option.collectonly:
            return None
        groups = groups_of(session.items)
        queue, fill = os.pipe()
        os.write(fill, b"".join(map(GROUP.pack, range(len(groups)))))
        os.close(fill)
        base = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        _plugin(session, "terminalreporter").showfspath = False
        assert threading.active_count() == 1, "a worker would wait for locks of threads that it does not have"
        workers: dict[Connection, int] = {}
        for number in range(self._count):
            ours, theirs = Pipe(duplex=False)
            pid = os.fork()
            if pid == 0:
                for other in (ours, *workers):
                    other.close()
                session.config._tmp_path_factory._basetemp = base / f"worker{number}"  # type: ignore[attr-defined]
                (base / f"worker{number}").mkdir()
                _work(session, groups, queue, theirs, self._life)
            theirs.close()
            workers[ours] = pid
        try:
            _follow(session, groups, queue, workers)
        finally:
            os.close(queue)
            for pid in workers.values():
                os.kill(pid, signal.SIGTERM)
            for pid in workers.values():
                os.waitpid(pid, 0)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        return True


def _follow(session: pytest.Session, groups: Groups, queue: int, workers: dict[Connection, int]) -> None:
    """Pass the workers' reports on until all have ended."""
    running: dict[Connection, dict[str, pytest.Item]] = {way: {} for way in workers}
    open_ways = set(workers)
    while open_ways:
        for way in wait(list(open_ways)):
            assert isinstance(way, Connection)
            try:
                kind, content = way.recv()
            except EOFError:
                open_ways.remove(way)
                for item in running[way].values() if not session.shouldfail else ():
                    session.ihook.pytest_runtest_logreport(report=_lost(item))
                os.waitpid(workers.pop(way), 0)
                continue
            if kind == "group":
                running[way] |= {item.nodeid: item for item in groups[content]}
            elif kind == "over":
                running[way].pop(content)
            else:
                report = session.config.hook.pytest_report_from_serializable(config=session.config, data=content)
                session.ihook.pytest_runtest_logreport(report=report)
            if session.shouldfail:
                _empty(queue)


def _lost(item: pytest.Item) -> pytest.TestReport:
    text = "the worker ended before this test had"
    return pytest.TestReport(item.nodeid, item.location, {}, "failed", text, "call")


def _empty(queue: int) -> None:
    while os.read(queue, GROUP.size):
        pass


def _plugin(session: pytest.Session, name: str) -> Any:
    return session.config.pluginmanager.get_plugin(name)


class _Reporter:
    def __init__(self, config: pytest.Config, way: Connection) -> None:
        self._config = config
        self._way = way

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._way.send(("report", data))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._way.send(("over", nodeid))


def _work(session: pytest.Session, groups: Groups, queue: int, way: Connection, life: Life) -> NoReturn:
    """Take groups until there are none. A worker ends here, whatever happens."""
    status = 1
    capture = _plugin(session, "capturemanager")
    try:
        plugins = session.config.pluginmanager
        capture.stop_global_capturing()  # its files are those of the process that was forked
        capture.start_global_capturing()
        plugins.unregister(name="terminalreporter")
        plugins.register(_Reporter(session.config, way))
        with life(session):
            _run(session, _tests(queue, groups, way))
        status = 0
    except BaseException:  # noqa: BLE001 - nothing of this process may go on as if it were the first one
        traceback.print_exc()
    finally:
        capture.stop_global_capturing()
        sys.stderr.flush()
        os._exit(status)


def _run(session: pytest.Session, upcoming: Iterator[pytest.Item]) -> None:
    item = next(upcoming, None)
    while item is not None:
        following = next(upcoming, None)
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        item = following if not session.shouldfail else None
    session._setupstate.teardown_exact(None)


def _tests(queue: int, groups: Groups, way: Connection) -> Iterator[pytest.Item]:
    while entry := os.read(queue, GROUP.size):
        (number,) = GROUP.unpack(entry)
        way.send(("group", number))
        yield from groups[number]
