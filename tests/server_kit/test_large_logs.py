"""What the whole of a log shows, read line by line in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.signals.logs import outlines
from mcp_servers.signals.logs.log_shape import shape
from mcp_servers.signals.logs.outlines import LogDigest, kinds, measures

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
POD = Subject(scope="c", kind="Pod", namespace="shop", name="api")


def digest(lines: Iterable[str], every: float = 1.0) -> LogDigest:
    log_digest = LogDigest()
    for number, line in enumerate(lines):
        log_digest.add(BEGAN + timedelta(seconds=every * number), line)
    return log_digest


def facts(lines: Iterable[str], code: str) -> list[Observation]:
    return [observation for observation in shape(digest(lines), POD) if observation.code == code]


def calm(many: int, seed: int = 1) -> Iterator[str]:
    random = Random(seed)
    for i in range(many):
        client = f"10.0.{random.randint(0, 20)}.{random.randint(1, 250)}"
        yield f"INFO request {random.getrandbits(64):016x} of {client} done in {random.randint(2, 40)} ms, total={i}"


FLOOD = ["ERROR no connection is free"] * 900


def test_the_rare_line_before_a_flood_is_told_with_it() -> None:
    lines = [*calm(2000), "WARN settings: pool shrunk to 2", *calm(30, 2), *FLOOD]
    (flood,) = facts(lines, "log.flood_began")
    assert flood.attributes["before"] == "WARN settings: pool shrunk to 2"
    assert flood.attributes["count"] == 900 and flood.at == BEGAN + timedelta(seconds=2031)


def test_a_flood_that_was_there_from_the_start_began_nowhere() -> None:
    assert not facts([*FLOOD, *calm(300)], "log.flood_began")


def test_a_line_that_differs_from_a_usual_one_in_a_word_is_not_rare() -> None:
    lines = [*(f"INFO user {'abc'[i % 3] * 4} signed in" for i in range(2000)), "INFO user dddd signed in", *FLOOD]
    (flood,) = facts(lines, "log.flood_began")
    assert "before" not in flood.attributes


def test_a_number_that_grows_is_told_and_one_that_only_counts_is_not() -> None:
    random = Random(4)
    lines = list(calm(3000))
    lines[::20] = [f"INFO queue depth={int((10 + i) * random.uniform(0.9, 1.1))} workers=4" for i in range(150)]
    (grew,) = facts(lines, "log.number_grew")
    assert grew.attributes["name"] == "depth" and float(str(grew.attributes["ended"])) > 100


def test_a_number_that_grows_beside_another_of_its_line_is_told() -> None:
    lines = list(calm(3000))
    lines[::20] = [f"INFO memory: heap {200 + 14 * i} MB of 4096 MB" for i in range(150)]
    (grew,) = facts(lines, "log.number_grew")
    assert str(grew.attributes["name"]).endswith("heap # MB of # MB (number 1 of 2)")


def test_an_address_that_sends_many_times_the_usual_is_told_with_its_count() -> None:
    lines = [*calm(1500), *(f"INFO request {i} of 172.16.0.9 done in 3 ms, total={i}" for i in range(1000))]
    (burst,) = facts(lines, "log.client_burst")
    assert (burst.attributes["address"], burst.attributes["count"]) == ("172.16.0.9", 1000)


def test_calm_logs_show_nothing() -> None:
    assert shape(digest(calm(3000)), POD) == []


def test_lines_that_vary_in_words_and_hexadecimal_numbers_are_counted_once_each() -> None:
    random = Random(9)
    names = [f"{random.getrandbits(40):010x}-{random.choice('qrstuv') * 3}" for _ in range(500)]
    log_digest = digest(f"ERROR job {name} of {name}-x7k failed after {n} s" for n, name in enumerate(names))
    assert [kind.count for kind in kinds(log_digest.outlines)] == [500]
    assert sum(measure.count for measure in measures(log_digest.outlines)) == 500


def test_what_is_too_much_to_tell_apart_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines, "FORMS", 50)
    log_digest = digest("unheard " + " ".join("abcdefghij"[int(d)] * 3 for d in f"{i:03}") for i in range(400))
    assert log_digest.lines == 400 and sum(one.count for one in log_digest.outlines) + log_digest.beyond == 400
    assert log_digest.beyond > 0 and len(log_digest.outlines) <= 50
