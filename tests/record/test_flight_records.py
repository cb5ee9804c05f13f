"""One incident as a signed file: checked anywhere, looked back on at any time, and weighed again without some of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from sre_agent.cli.main import app
from sre_agent.errors import BadInputError, WrongOptionError
from sre_agent.record import envelope, flight_record
from sre_agent.signing import SigningKey, fresh_key
from tests.attacks.test_permits import SEED
from tests.worlds.running import ground
from tests.worlds.situation import situations

SITUATION: Final = "memory_that_runs_out_of_another_kind"
INCIDENT: Final = "inc-"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of a service that handled one incident, whose action a person rejected."""
    state = tmp_path_factory.mktemp("flight") / "state"
    story = next(one for one in situations() if one.name == SITUATION).told(1)
    with ground() as place:
        place.run(story.world, story.trigger, keep=state)
    yield state


@pytest.fixture(scope="module")
def file(folder: Path) -> Path:
    path = folder.parent / "incident.json"
    done = sre_agent("incidents", "export", INCIDENT, "--out", str(path), "--state-dir", str(folder))
    assert done.exit_code == 0, done.output
    return path


def sre_agent(*words: str) -> Result:
    return CliRunner().invoke(app, words, catch_exceptions=False)


def here(folder: Path, *words: str) -> Result:
    return sre_agent(*words, "--state-dir", str(folder))


def key_of(file: Path) -> str:
    return flight_record.read(file.read_bytes()).key


def test_a_file_is_checked_without_any_state_and_says_what_an_unpinned_key_proves(file: Path) -> None:
    free = sre_agent("verify", str(file))
    assert free.exit_code == 0 and "and not who signed it" in free.output
    pinned = sre_agent("verify", str(file), "--key", key_of(file), "--json")
    result = json.loads(pinned.output)
    assert (
        result["holds"]
        and result["pinned"]
        and result["outcome"] == "escalated/approval_denied"
        and result["evidence"] > 2
    )
    other = sre_agent("verify", str(file), "--key", SigningKey.of(fresh_key()).public)
    assert other.exit_code == 3 and "another key" in other.output


def changed_bytes(content: bytes, times: int, chance: random.Random) -> list[int]:
    """Places of single bytes that were changed without it being found."""
    misses = []
    for _ in range(times):
        place, flip = chance.randrange(len(content)), chance.randrange(1, 256)
        other = content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :]
        try:
            flight_record.read(other)
        except BadInputError:
            continue
        misses.append(place)
    return misses


def test_any_changed_byte_is_found(file: Path) -> None:
    assert changed_bytes(file.read_bytes(), 100, random.Random(SEED)) == [], SEED


@pytest.mark.long
def test_each_of_ten_thousand_changed_bytes_is_found(file: Path) -> None:
    assert changed_bytes(file.read_bytes(), 10_000, random.Random(SEED)) == [], SEED


def test_who_has_another_key_cannot_put_anything_in_that_the_record_does_not_know(file: Path) -> None:
    """Signed anew, but an answer is not the one whose digest the record has."""
    flight = flight_record.read(file.read_bytes())
    statement, _ = envelope.unseal(file.read_bytes(), flight_record.KIND)
    predicate = {name: value for name, value in statement["predicate"].items() if name != "key"}
    predicate["evidence"][0]["answer"]["text"] = "all is well"
    forgery = envelope.seal(statement["subject"], flight_record.KIND, predicate, SigningKey.of(fresh_key()))
    with pytest.raises(BadInputError, match="contradicts itself"):
        flight_record.read(forgery)
    with pytest.raises(BadInputError, match="another key"):
        flight_record.read(forgery, [flight.key])


def test_replayed_at_a_time_it_shows_what_was_known_then(file: Path) -> None:
    flight = flight_record.read(file.read_bytes())
    whole = sre_agent("replay", str(file))
    assert whole.exit_code == 0 and "gives the recorded verdict, byte for byte" in whole.output
    assert "policy: approve" in whole.output and "reject" in whole.output
    opening = flight.incident.opened_at.isoformat()
    first = sre_agent("replay", str(file), "--at", opening)
    assert f"of {len(flight.evidence)} answers" in first.output and "opened" in first.output
    earlier = sre_agent("replay", str(file), "--at", "2001-01-01T00:00:00")
    assert "none, nothing was answered yet" in earlier.output and "opened" not in earlier.output
    with pytest.raises(WrongOptionError, match="is not a time"):
        sre_agent("replay", str(file), "--at", "yesterday")


def test_without_the_evidence_that_carries_it_the_verdict_is_another(folder: Path, file: Path) -> None:
    flight = flight_record.read(file.read_bytes())
    numbers = [part for number in flight.numbered() for part in ("--without", number)]
    assert numbers, "the report cites evidence"
    comparison = json.loads(here(folder, "incidents", "what-if", INCIDENT, *numbers, "--json").output)
    assert (
        comparison["with"]["verdict"] == "cause" and comparison["with"]["hypothesis"]["failure_class"] == "oom_killed"
    )
    assert comparison["without"]["verdict"] != "cause"
    assert here(folder, "incidents", "what-if", INCIDENT, "--without", "E1").output.count("\n") == 2


def test_why_a_class_is_not_the_cause_is_told_from_the_stored_evidence(folder: Path) -> None:
    cause = here(folder, "incidents", "why-not", INCIDENT, "oom_killed").output
    assert "it is a cause" in cause and "sum" in cause
    other = json.loads(here(folder, "incidents", "why-not", INCIDENT, "image_pull_failed", "--json").output)
    assert other and {one["state"] for one in other} == {"required"}
    assert all("nothing shows that" in one["why"] for one in other)


def test_the_record_of_the_service_is_checked_and_exported(folder: Path) -> None:
    check = here(folder, "audit", "verify")
    assert check.exit_code == 0 and "The record is as it was written." in check.output, check.output
    lines = [json.loads(line) for line in here(folder, "audit", "export").output.splitlines()]
    assert [line["previous"] for line in lines[1:]] == [line["digest"] for line in lines[:-1]]
    kinds = {line["event"]["kind"] for line in lines}
    assert kinds >= {
        "incident.opened", "call.ended", "diagnosis", "action.proposed", "policy_decision", "approval.asked",
        "approval.decided", "incident.ended",
    }  # fmt: skip
