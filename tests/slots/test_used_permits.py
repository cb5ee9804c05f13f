"""What every memory of used permits keeps to; one body over every technology."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.permits import Permit, PermitError, Target
from mcp_servers.serving.errors import TeachingError
from mcp_servers.writing.used_permits import Use, UsedPermits, open_used_permits
from tests.slots import moto

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "dynamodb"])
def address(request: Any, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'used.sqlite'}"
    return moto.make_slots(moto.state_of_its_own(tmp_path), "used_permits").table_of_permits


@pytest.fixture
def used(address: str) -> UsedPermits:
    return open_used_permits(address)


def permit(id_: str, epoch: int = 1, incident: str = "inc-1") -> Permit:
    target = Target(subject="Deployment/shop/web", uid="u", version="1")
    fields = {"audience": "kubernetes", "scope": "shop", "call": "c", "allowed_by": "human:ada", "expires_at": NOON}
    return Permit.model_validate(
        {**fields, "id": id_, "incident": incident, "epoch": epoch, "target": target, "diff": "d"}
    )


def test_a_permit_begins_once_and_its_outcome_is_remembered(used: UsedPermits, address: str) -> None:
    assert used.peek("one") is None
    assert used.begin(permit("one")) is None
    assert used.begin(permit("one")) == Use(None), "in doubt: it was begun and nobody knows how it ended"
    used.end("one", {"text": "done"})
    assert open_used_permits(address).begin(permit("one")) == Use({"text": "done"}), "also for another server"


def test_an_earlier_writer_of_the_incident_begins_nothing(used: UsedPermits) -> None:
    used.begin(permit("one", epoch=5))
    with pytest.raises(PermitError, match="later writer") as refused:
        used.begin(permit("two", epoch=4))
    assert refused.value.code == "stale_epoch" and used.peek("two") is None
    assert used.begin(permit("three", epoch=4, incident="inc-2")) is None


def test_an_epoch_of_keys_that_was_once_revoked_stays_so(used: UsedPermits, address: str) -> None:
    assert [used.least_epoch(epoch) for epoch in (0, 3, 1)] == [0, 3, 3]
    assert open_used_permits(address).least_epoch(0) == 3


def test_of_two_servers_that_are_given_the_same_permit_at_once_one_begins(address: str) -> None:
    servers = [open_used_permits(address) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        uses = list(threads.map(lambda server: server.begin(permit("one")), servers))
    assert uses.count(None) == 1 and uses.count(Use(None)) == 3


def test_a_table_that_cannot_be_asked_begins_nothing(tmp_path: Path) -> None:
    used = open_used_permits(moto.state_of_its_own(tmp_path).table_of_permits)
    with pytest.raises(TeachingError) as refused:
        used.begin(permit("one"))
    assert refused.value.kind == "not_found"
    with pytest.raises(ValueError, match="TABLE"):
        open_used_permits("dynamodb:used?table=other")


def test_a_path_is_a_file_and_an_unknown_technology_is_refused(tmp_path: Path) -> None:
    assert open_used_permits(str(tmp_path / "more:than" / "used.sqlite")).peek("one") is None
    with pytest.raises(ValueError, match="there are dynamodb, sqlite"):
        open_used_permits("paper:drawer")
