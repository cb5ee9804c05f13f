"""Alarms that monitors send."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.conftest import Site

pytestmark = pytest.mark.anyio


async def begin(site: Site) -> None:
    """A worker has the one incident in its hands."""
    (incident,) = await site.store.incidents()
    assert await site.store.lease(incident.id, "a worker", site.clock.now(), 60) is not None


SECRET = {"x-webhook-secret": "s3cret-of-pager"}


def alert(
    name: str = "CheckoutDown",
    namespace: str = "shop",
    deployment: str = "checkout",
    *,
    status: str = "firing",
    severity: str = "critical",
    start: str = "11:58",
    end: str = "",
    **labels: str,
) -> dict[str, Any]:
    labels_of_alert = {
        "alertname": name,
        "namespace": namespace,
        "deployment": deployment,
        "severity": severity,
        **labels,
    }
    return {
        "status": status,
        "labels": {key: value for key, value in labels_of_alert.items() if value},
        "annotations": {"summary": f"{deployment} is down"},
        "startsAt": f"2026-11-21T{start}:00Z",
        "endsAt": f"2026-11-21T{end}:00Z" if end else "0001-01-01T00:00:00Z",
    }


def alertmanager(name: str = "CheckoutDown", status: str = "firing") -> dict[str, Any]:
    return notification(alert(name, status=status))


def notification(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "sre", "alerts": list(alerts)}


async def test_a_source_hands_in_an_alarm_with_its_own_secret(site: Site) -> None:
    answer = await site.http.post("/alarms/pager", json=alertmanager(), headers=SECRET)
    assert answer.status_code == 202
    (incident,) = await site.store.incidents()
    assert (answer.json()["task_id"], incident.signals[0].source) == (incident.id, "alertmanager")


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("pager", {}),
        ("pager", {"x-webhook-secret": "wrong"}),
        ("another", SECRET),
        ("pager", {"authorization": "Bearer viewer"}),
    ],
)
async def test_nobody_else_does(site: Site, source: str, headers: dict[str, str]) -> None:
    answer = await site.http.post(f"/alarms/{source}", json=alertmanager(), headers=headers)
    assert (answer.status_code, await site.store.incidents()) == (401, [])


async def test_an_operator_s_token_counts_for_every_source(site: Site) -> None:
    answer = await site.ask("POST", "/alarms/anything", json=alertmanager())
    assert answer.status_code == 202


async def test_the_same_alarm_again_is_the_same_incident(site: Site) -> None:
    first = (await site.http.post("/alarms/pager", json=alertmanager(), headers=SECRET)).json()
    again = (await site.http.post("/alarms/pager", json=alertmanager(), headers=SECRET)).json()
    assert again["task_id"] == first["task_id"] and len(await site.store.incidents()) == 1
    assert len(await site.store.messages()) == 1


async def test_that_something_is_well_again_opens_nothing_and_reaches_what_is_open(site: Site) -> None:
    resolved = alertmanager(status="resolved")
    answer = await site.http.post("/alarms/pager", json=resolved, headers=SECRET)
    assert (answer.status_code, answer.json()["incidents"], await site.store.incidents()) == (202, [], [])
    incident_id = (await site.http.post("/alarms/pager", json=alertmanager(), headers=SECRET)).json()["task_id"]
    await begin(site)
    answer = await site.http.post("/alarms/pager", json=resolved, headers=SECRET)
    assert answer.json()["incidents"] == [incident_id]
    (incident,) = await site.store.incidents()
    assert ([one.state for one in incident.signals], incident.open) == (["firing", "resolved"], True)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"{}", b"[[[", b'{"alerts": 7}', b"\xff\xfe", b'{"Type": "Notification"}']
)
async def test_what_is_no_alarm_is_refused_with_what_would_be_understood(site: Site, body: bytes) -> None:
    answer = await site.http.post("/alarms/pager", content=body, headers=SECRET)
    assert (answer.status_code, answer.json()["type"]) == (400, "bad-request")
    assert "Understood are" in answer.json()["detail"]
    assert await site.store.incidents() == []


async def test_a_burst_of_alarms_is_accepted_without_losing_one(site: Site) -> None:
    """Nothing that they name is related: each has an incident."""
    alerts = [alert(f"Rule{n}", f"ns-{n}", f"app-{n}") for n in range(100)]
    answer = await site.http.post("/alarms/pager", json={**alertmanager(), "alerts": alerts}, headers=SECRET)
    assert (answer.status_code, len(answer.json()["incidents"])) == (202, 100)
    assert len(await site.store.messages(limit=500)) == 100
