"""Recovery point and recovery time, measured: at most one hour is lost, and half an hour is enough for the way back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backup.disaster import RPO, RTO, disaster

pytestmark = pytest.mark.anyio
LONG = pytest.mark.long


@pytest.mark.parametrize(
    ("technology", "incidents"),
    [
        ("sqlite", 12),
        pytest.param("dynamodb", 30, marks=LONG),
        pytest.param("sqlite", 6000, marks=[LONG, pytest.mark.timeout(1800)]),
        pytest.param("dynamodb", 300, marks=[LONG, pytest.mark.timeout(1800)]),
    ],
)
async def test_a_disaster_costs_at_most_an_hour_of_work_and_half_an_hour_of_waiting(
    technology: str, incidents: int, tmp_path: Path
) -> None:
    loss = await disaster(technology, tmp_path, incidents)
    print(f"\n{technology}: {loss}")
    assert loss.incidents >= incidents and loss.entries > 4 * incidents
    assert loss.lost <= RPO
    assert loss.way_back <= RTO
