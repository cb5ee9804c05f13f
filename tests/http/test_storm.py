"""What becomes of alarms that come in together, again, too late, or that nobody wants."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sre_agent.domain.base import IncidentId
from sre_agent.domain.signal import Signal
from sre_agent.settings import Settings
from tests.http.conftest import Site
from tests.http.test_webhooks import SECRET, alert, begin, notification

pytestmark = pytest.mark.anyio


async def send(site: Site, *alerts: dict[str, Any]) -> list[dict[str, Any]]:
    """What became of each alarm of one delivery."""
    answer = await site.http.post("/alarms/pager", json=notification(*alerts), headers=SECRET)
    assert answer.status_code == 202, answer.text
    alarms: list[dict[str, Any]] = answer.json()["alarms"]
    return alarms


async def test_alarms_about_one_thing_its_pods_and_its_service_are_one_incident(site: Site) -> None:
    (first,) = await send(site, alert("CheckoutSlow"))
    pod = alert("PodCrashLooping", deployment="", pod="checkout-7f9dd8b6c4-x7gr9")
    service = alert("NoEndpoints", deployment="", service="checkout", start="12:01")
    others = [(await send(site, one))[0] for one in (pod, service)]
    assert [one["disposition"] for one in others] == ["joined", "joined"]
    assert {one["incident"] for one in others} == {first["incident"]}
    assert {one["shared"] for one in others} == {"shop/checkout"}
    assert len(await site.store.messages()) == 1


async def test_a_few_alarms_of_a_namespace_stay_apart_and_a_storm_of_them_is_one_incident(site: Site) -> None:
    dispositions = [(await send(site, alert(f"Rule{n}", deployment=f"app-{n}")))[0] for n in range(8)]
    assert [one["disposition"] for one in dispositions] == ["opened"] * 4 + ["joined"] * 4
    assert {(one["incident"], one["shared"]) for one in dispositions[4:]} == {
        (dispositions[0]["incident"], "namespace shop")
    }


async def test_what_stands_on_a_node_that_is_down_joins_the_node_s_incident(site: Site) -> None:
    (node,) = await send(site, alert("NodeNotReady", "", "", node="ip-10-0-1-7"))
    on_it = [alert("Down", f"ns-{n}", f"app-{n}", node="ip-10-0-1-7") for n in range(3)]
    elsewhere = alert("Down", "ns-9", "app-9", node="ip-10-0-9-9")
    receipts = await send(site, *on_it, elsewhere)
    assert [one["incident"] == node["incident"] for one in receipts] == [True, True, True, False]


async def test_callers_of_what_is_broken_join_it_where_it_was_seen_who_calls_whom(site: Site) -> None:
    await site.store.keep_dependencies([("front/web", "shop/checkout")], site.clock.now())
    (callee,) = await send(site, alert("CheckoutDown"))
    (caller,) = await send(site, alert("WebErrors", "front", "web"))
    assert (caller["incident"], caller["shared"]) == (callee["incident"], "shop/checkout")


async def test_after_the_window_a_related_alarm_has_its_own_incident(site: Site) -> None:
    (first,) = await send(site, alert("CheckoutSlow"))
    site.clock.move(301)
    (later,) = await send(site, alert("CheckoutDown", start="12:05"))
    (again,) = await send(site, alert("CheckoutSlow", start="12:04"))
    assert (later["disposition"], later["incident"] != first["incident"]) == ("opened", True)
    assert (again["disposition"], again["incident"]) == ("joined", first["incident"]), "the same alarm has no window"


async def test_the_most_severe_alarm_makes_the_incident_s_severity_and_moves_it_forward(site: Site) -> None:
    await send(site, alert("CheckoutSlow", severity="warning"))
    await send(site, alert("CheckoutDown", severity="critical"))
    (incident,) = await site.store.incidents()
    assert incident.severity == "SEV1"
    assert max(one.message.ahead_seconds for one in await site.store.messages()) == 3600


async def test_an_alarm_that_resolves_before_anybody_looked_closes_its_incident(site: Site) -> None:
    (first,) = await send(site, alert())
    await send(site, alert("CheckoutSlow"))
    (one,) = await send(site, alert(status="resolved", end="12:01"))
    assert one["disposition"] == "resolved", "another alarm of the incident still fires"
    (two,) = await send(site, alert("CheckoutSlow", status="resolved", end="12:02"))
    assert (two["disposition"], two["incident"]) == ("closed", first["incident"])
    (incident,) = await site.store.incidents()
    assert (incident.status, incident.reason, incident.open) == ("answered", "auto_resolved", False)
    nothing = await site.ask("GET", f"/incidents/{incident.id}/report", "viewer")
    assert (nothing.status_code, "before anybody looked" in nothing.json()["detail"]) == (404, True)


async def test_a_running_incident_is_told_that_its_alarm_resolved(site: Site) -> None:
    (first,) = await send(site, alert())
    await begin(site)
    (receipt,) = await send(site, alert(status="resolved", end="12:01"))
    assert (receipt["disposition"], receipt["incident"]) == ("resolved", first["incident"])
    told_live = [one.event for one in await site.store.events(first["incident"])]
    assert (told_live[-1].kind, told_live[-1].data["state"]) == ("incident.attached", "resolved")


async def test_repeated_and_overtaken_messages_change_nothing(site: Site) -> None:
    (first,) = await send(site, alert(start="12:00"))
    assert [(await send(site, alert(start="12:00")))[0]["disposition"] for _ in range(2)] == ["repeated"] * 2
    await send(site, alert(status="resolved", start="12:00", end="12:05"))
    (late,) = await send(site, alert(start="12:00", severity="warning"))
    assert (late["disposition"], "12:05" in late["why"]) == ("late", True)
    (anew,) = await send(site, alert(start="12:06"))
    assert (anew["disposition"], anew["incident"] != first["incident"]) == ("opened", True)


async def test_an_alarm_that_still_fires_long_after_its_incident_ended_opens_another(site: Site) -> None:
    (first,) = await send(site, alert())
    epoch = await site.store.lease(first["incident"], "a worker", site.clock.now(), 60)
    assert epoch is not None
    await site.store.update(
        first["incident"], epoch, status="escalated", reason="inconclusive", ended_at=site.clock.now()
    )
    site.clock.move(60)
    assert (await send(site, alert()))[0]["disposition"] == "repeated"
    site.clock.move(3600)
    (again,) = await send(site, alert())
    assert (again["disposition"], again["incident"] != first["incident"]) == ("opened", True)


async def test_what_an_incident_leaves_unexplained_is_investigated_by_itself_after_a_while(site: Site) -> None:
    (first,) = await send(site, alert("NodeNotReady", "", "", node="ip-10-0-1-7"))
    await send(site, *(alert("Down", f"ns-{n}", f"app-{n}", node="ip-10-0-1-7") for n in range(2)))
    grouped = [signal for signal, links in await site.store.firing(first["incident"]) if links]
    assert [one.labels["namespace"] for one in grouped] == ["ns-0", "ns-1"]
    left = await site.service.alarms.leave(first["incident"], grouped)
    assert [one.disposition for one in left] == ["opened", "opened"]
    again = await site.service.alarms.leave(first["incident"], grouped)
    assert [(one.disposition, one.incident) for one in again] == [("repeated", one.incident) for one in left]
    assert await waiting_until(site, grouped[0]) == 300
    (closed,) = await send(site, alert("Down", "ns-0", "app-0", node="ip-10-0-1-7", status="resolved", end="12:01"))
    assert closed["disposition"] == "closed"


async def waiting_until(site: Site, signal: Signal) -> float:
    due = [one.due for one in await site.store.messages() if one.message.dedup.endswith(signal.id)]
    return max((one - site.clock.now()) / timedelta(seconds=1) for one in due)


TRIGGERS = """
rules:
  - {alarm: "*canary*", then: record, reason: canaries are watched by their owners}
  - {severity: [SEV1, SEV2], then: investigate}
  - {labels: {team: "pay*"}, then: investigate}
  - {then: record}
mutes:
  - {namespace: billing, reason: "migration CHG-1234", until: 2026-11-21T13:00:00Z}
"""


@pytest.mark.parametrize("settings", [{"trigger_policy": TRIGGERS}], indirect=True)
async def test_rules_and_mutes_say_what_is_investigated_and_everything_else_is_recorded(site: Site) -> None:
    urgent = alert("Errors", deployment="one")
    mine = alert("Slow", deployment="two", severity="warning", team="payments")
    receipts = await send(
        site,
        urgent,
        mine,
        alert("ErrorsCanary", deployment="three"),
        alert("Slow", deployment="four", severity="warning"),
        alert("Errors", "billing", "five"),
    )
    assert [one["disposition"] for one in receipts] == ["opened", "opened", "not_wanted", "not_wanted", "muted"]
    assert [one["why"] for one in receipts[2:]] == [
        "canaries are watched by their owners",
        "rule 4 of the trigger policy",
        "migration CHG-1234 (until 2026-11-21T13:00Z)",
    ]
    page = (await site.ask("GET", "/alarms", "viewer", params={"limit": 2})).json()
    assert [one["disposition"] for one in page["alarms"]] == ["muted", "not_wanted"] and page["next"]
    site.clock.move(3700)
    (after,) = await send(site, alert("Errors", "billing", "five"))
    assert after["disposition"] == "opened", "the mute is over"


@pytest.mark.parametrize("settings", [{"trigger_policy": "rules: []"}], indirect=True)
async def test_a_policy_that_changes_is_read_again_and_a_broken_one_leaves_the_last_in_force(
    site: Site, settings: Settings
) -> None:
    file = settings.alarms.trigger_policy
    assert isinstance(file, Path)
    file.write_text("rules: [{then: record}]", encoding="utf-8")
    assert (await send(site, alert()))[0]["disposition"] == "not_wanted"
    file.write_text("rules: [{then: whatever}]", encoding="utf-8")
    assert (await send(site, alert(start="12:00")))[0]["disposition"] == "not_wanted"


async def test_what_its_sender_silences_is_recorded_only(site: Site) -> None:
    payload = alert() | {"status": {"state": "suppressed", "silencedBy": ["s-1"], "inhibitedBy": []}}
    (one,) = await send(site, payload)
    assert (one["disposition"], one["why"]) == ("suppressed", "silenced by s-1")
    assert await site.store.incidents() == []


@pytest.mark.parametrize("settings", [{"most_waiting": 2}], indirect=True)
async def test_where_too_much_waits_new_incidents_are_put_off_and_nothing_else(site: Site) -> None:
    for n in range(2):
        await send(site, alert("Rule", f"ns-{n}", f"app-{n}"))
    site.clock.move(3)
    full = await site.http.post("/alarms/pager", json=notification(alert("Rule", "ns-3", "app-3")), headers=SECRET)
    assert (full.status_code, int(full.headers["retry-after"]) > 0) == (503, True), "Alertmanager drops what is 429"
    other = {"title": "search is slow", "service": "search", "namespace": "find"}
    put_off = await site.http.post("/alarms/pager", json=other, headers=SECRET)
    assert (put_off.status_code, put_off.json()["type"]) == (429, "too-many-requests")
    assert int(put_off.headers["retry-after"]) > 0
    assert (await send(site, alert("Other", "ns-0", "app-0")))[0]["disposition"] == "joined"


@pytest.mark.parametrize("settings", [{"alarms_per_minute": 10}], indirect=True)
async def test_each_source_has_its_own_quota(site: Site, at_once: None) -> None:
    raving = [{"title": f"number {n} is slow", "service": f"s-{n}"} for n in range(12)]
    answers = [(await site.http.post("/alarms/pager", json=one, headers=SECRET)).status_code for one in raving]
    assert answers == [202] * 10 + [429] * 2
    second = await site.http.post("/alarms/second", json=raving[0], headers={"x-webhook-secret": "s3cret-of-second"})
    assert second.status_code == 202


async def test_an_incident_whose_message_was_lost_with_its_process_is_begun_by_the_next(site: Site) -> None:
    await send(site, alert())
    (message,) = await site.store.messages()
    assert await site.store.drop_message(message.message.dedup)
    assert await site.service.responder.begin_what_was_left() == 1
    assert await site.service.responder.begin_what_was_left() == 0
    assert len(await site.store.messages()) == 1


async def test_a_start_with_many_open_incidents_asks_only_for_those_without_a_message(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await send(site, alert("PodDown", f"ns-{number}", f"app-{number}"))
    (first, *_) = messages = await site.store.messages()
    assert len(messages) == 4 and await site.store.drop_message(first.message.dedup)
    looks, has_next_step = [], site.store.has_next_step

    async def counted(incident: IncidentId) -> bool:
        looks.append(incident)
        return await has_next_step(incident)

    monkeypatch.setattr(site.store, "has_next_step", counted)
    assert await site.service.responder.begin_what_was_left() == 1
    assert looks == [first.message.incident]
