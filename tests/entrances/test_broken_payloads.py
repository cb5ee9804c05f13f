"""Thousands of broken documents: each ends in signals or in one clear refusal, in bounded time. Seeds are printed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mcp_servers.contract.bounds import longest
from sre_agent import entrances
from sre_agent.cli.investigate import read_signals
from sre_agent.errors import BadInputError, NoAlarmError
from sre_lab.recording import RecordingError, load
from sre_lab.recording import read as read_world
from sre_lab.timeshift import time_in
from tests.chat.world import CLOCK
from tests.chat.world import world as shops
from tests.entrances.broken import break_payload
from tests.entrances.test_malformed_input import NOW, VALID
from tests.patterns.test_linear import at_most

SEED = 20260304
MANY, FEW = 6_700, 300
SECONDS = 2.0  # of CPU, for the largest of them
WORLDS = 300


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
@pytest.mark.timeout(900)
def test_every_broken_payload_ends_in_signals_or_in_one_clear_refusal(count: int, tmp_path: Path) -> None:
    random, ends = Random(SEED), Counter[str]()
    for number in range(count):
        raw = break_payload(random.choice(VALID), random)
        try:
            with at_most(SECONDS):
                ends[_end(raw, tmp_path / "alarm.json", from_file=number % 2 == 0)] += 1
        except Exception as problem:
            raise AssertionError(f"seed {SEED}, payload {number}: {raw[:400]!r}") from problem
    print(f"seed {SEED}: {count} broken payloads, {dict(ends)}")
    assert ends["signals"] and ends["refused"]


def _end(raw: bytes, file: Path, *, from_file: bool) -> str:
    try:
        if from_file:
            file.write_bytes(raw)
            signals = read_signals(str(file), NOW)
        else:
            signals = entrances.read(raw, received_at=NOW)
    except BadInputError as refusal:
        message = str(refusal)
        assert isinstance(refusal, NoAlarmError) or "Understood are" in message
        assert len(message) < 2_000 and "Traceback" not in message
        return "refused"
    assert signals
    for signal in signals:
        assert type(signal).model_validate_json(signal.model_dump_json()) == signal
        assert longest(entrances.normalised(signal)) <= 10_000
    return "signals"


@pytest.mark.parametrize("count", [20, pytest.param(WORLDS, marks=pytest.mark.long)])
@pytest.mark.timeout(900)
def test_every_broken_world_is_loaded_or_told_to_be_none(count: int, tmp_path: Path) -> None:
    random, ends = Random(SEED), Counter[str]()
    valid = _small(shops())
    now = time_in(CLOCK)
    assert now is not None
    for number in range(count):
        raw = break_payload(valid, random)
        try:
            ends[_load(raw, tmp_path, now)] += 1
        except Exception as problem:
            raise AssertionError(f"seed {SEED}, world {number}: {raw[:400]!r}") from problem
    print(f"seed {SEED}: {count} broken worlds, {dict(ends)}")
    assert ends["refused"]


def _small(world: dict[str, Any]) -> dict[str, Any]:
    cluster = world["k8s"]
    return {**world, "k8s": {**cluster, "objects": cluster["objects"][:25], "logs": cluster["logs"][:3]}}


def _load(raw: bytes, folder: Path, now: float) -> str:
    try:
        load(read_world(raw), folder, now=now)
    except RecordingError as refusal:
        assert len(str(refusal)) < 2_000
        return "refused"
    return "loaded"


def test_a_file_that_begins_with_a_byte_order_mark_is_read() -> None:
    assert entrances.read(b'\xef\xbb\xbf{"title": "CPU", "state": "alerting"}', received_at=datetime.now(UTC))
