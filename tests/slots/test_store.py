"""What every store keeps to; one body over every technology."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mcp_servers.contract import refusals
from mcp_servers.contract.facts import Answer
from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.permitted_write import PermittedWrite, RemedyResult
from sre_agent.domain.report import Cost, Report
from sre_agent.domain.signal import Signal
from sre_agent.errors import LeaseLostError
from sre_agent.progress import Event
from sre_agent.store import LogQueries, Store

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
A = IncidentId("inc-a")


def signal(id_: str = "s1", about: str = "payments") -> Signal:
    return Signal(id=id_, source="webhook", title="it is slow", received_at=NOON, fingerprint=about)


def incident(id_: str = A, first: Signal | None = None) -> Incident:
    opening = first or signal()
    return Incident(
        id=IncidentId(id_),
        fingerprint=opening.fingerprint,
        title=opening.title,
        severity="SEV2",
        opened_at=NOON,
        signals=[opening],
    )


def report(statement: str) -> Report:
    return Report(
        incident=A,
        title="it is slow",
        severity="SEV2",
        status="escalated",
        reason="inconclusive",
        verdict="Escalated",
        statement=statement,
        opened_at=NOON,
        ended_at=NOON,
        subjects=[],
        diagnosis=Diagnosis(verdict="inconclusive", statement=statement),
        claims=[],
        evidence=[],
        gaps=[],
        cost=Cost(tool_calls=0, seconds=0),
    )


async def test_a_second_signal_of_the_same_fingerprint_attaches_to_the_open_incident(store: Store) -> None:
    assert await store.attach_or_create(signal(), incident()) == (incident(), True)
    stored_incident, created = await store.attach_or_create(signal("s2"), incident("inc-b", signal("s2")))
    assert (stored_incident.id, created, [s.id for s in stored_incident.signals]) == (A, False, ["s1", "s2"])


async def test_the_same_signal_twice_is_one_signal(store: Store) -> None:
    await store.attach_or_create(signal(), incident())
    stored_incident, _ = await store.attach_or_create(signal(), incident("inc-b"))
    assert [s.id for s in stored_incident.signals] == ["s1"]


async def test_after_an_incident_ended_its_fingerprint_opens_a_new_one(store: Store) -> None:
    await store.attach_or_create(signal(), incident())
    epoch = await store.lease(A, "w", NOON, 60)
    assert epoch is not None
    await store.update(A, epoch, status="remediated", reason="fixed")
    stored_incident, created = await store.attach_or_create(signal("s2"), incident("inc-b", signal("s2")))
    assert (stored_incident.id, created) == ("inc-b", True)


async def test_one_writer_at_a_time_and_each_lease_raises_the_epoch(store: Store) -> None:
    await store.attach_or_create(signal(), incident())
    assert await store.lease(A, "first@elsewhere", NOON, 60) == 1
    assert await store.lease(A, "second@elsewhere", NOON + timedelta(seconds=30), 60) is None
    assert await store.lease(A, "second@elsewhere", NOON + timedelta(seconds=61), 60) == 2
    with pytest.raises(LeaseLostError):
        await store.update(A, 1, status="diagnosed")
    assert not await store.renew(A, 1, NOON + timedelta(seconds=62), 60)
    assert (await store.update(A, 2, status="diagnosed")).status == "diagnosed"


async def test_only_the_latest_writer_may_keep_steps_and_the_report(store: Store) -> None:
    await store.attach_or_create(signal(), incident())
    first = await store.lease(A, "first@elsewhere", NOON, 60)
    second = await store.lease(A, "second@elsewhere", NOON + timedelta(seconds=61), 60)
    assert first is not None and second is not None
    assert (await store.writes(A, first), await store.writes(A, second)) == (False, True)
    with pytest.raises(LeaseLostError):
        await store.keep_report(report("of a stale writer"), first)
    await store.keep_report(report("of the latest"), second)
    stored_report = await store.report(A)
    assert stored_report is not None and stored_report.statement == "of the latest"


async def test_a_released_lease_is_free_at_once(store: Store) -> None:
    await store.attach_or_create(signal(), incident())
    epoch = await store.lease(A, "first@elsewhere", NOON, 60)
    assert epoch is not None
    await store.release(A, epoch)
    assert await store.lease(A, "second@elsewhere", NOON, 60) == 2


async def test_the_first_decision_on_a_question_counts(store: Store) -> None:
    def decision(by: str) -> ApprovalDecision:
        return ApprovalDecision(incident=A, question="q", action_digest="d", choice="approve", by=by, at=NOON)

    assert await store.decide(decision("ada"))
    assert not await store.decide(decision("bob"))
    stored_decision = await store.decision("q")
    assert stored_decision is not None and stored_decision.by == "ada"


async def test_the_ledger_keeps_the_first_entry_of_an_id_and_the_order(store: Store) -> None:
    def evidence(id_: str, error: str = "") -> Evidence:
        return Evidence(
            id=EvidenceId(id_),
            incident=A,
            round=1,
            agent="logs",
            server="kubernetes",
            tool="kubectl_logs",
            arguments={"name": "x"},
            refusal=refusals.of_text(error) if error else None,
            asked_at=NOON,
        )

    for item in (evidence("e1"), evidence("e2"), evidence("e1", "[denied] again")):
        await store.keep_evidence(item)
    assert await store.ledger(A) == [evidence("e1"), evidence("e2")]
    assert await store.evidence(EvidenceId("e2")) == evidence("e2")
    assert await store.ledger(IncidentId("inc-b")) == []


@pytest.mark.parametrize(
    ("old_fields", "kind", "text"),
    [
        ({"error": "[denied] list pods: forbidden."}, "denied", "[denied] list pods: forbidden."),
        ({"error": "the server ended"}, "unavailable", "[unavailable] the server ended"),
        (
            {"error": "[failed] x: no.", "refusal": {"kind": "failed", "asked": "x", "wrong": "no."}},
            "failed",
            "[failed] x: no.",
        ),
        ({"error": ""}, "", ""),
    ],
)
def test_evidence_of_before_kept_its_error_as_a_text_and_is_read_as_a_refusal(
    old_fields: dict[str, object], kind: str, text: str
) -> None:
    call = {"id": "e1", "incident": A, "round": 1, "agent": "logs", "server": "kubernetes", "tool": "kubectl_logs"}
    evidence = Evidence.model_validate_json(
        json.dumps({**call, "arguments": {}, "asked_at": NOON.isoformat(), **old_fields})
    )
    assert (evidence.kind, evidence.error) == (kind, text)
    assert Evidence.model_validate_json(evidence.model_dump_json()) == evidence
    assert "error" not in evidence.model_dump()


async def test_incidents_are_listed_newest_first_and_open_ones_alone_on_request(store: Store) -> None:
    for place, name in enumerate(("one", "two", "three")):
        first = signal(f"s-{name}", name)
        fresh = incident(f"inc-{name}", first).model_copy(update={"opened_at": NOON + timedelta(minutes=place)})
        await store.attach_or_create(first, fresh)
    epoch = await store.lease(IncidentId("inc-two"), "w", NOON, 60)
    assert epoch is not None
    await store.update(IncidentId("inc-two"), epoch, status="escalated", reason="inconclusive")
    assert [i.id for i in await store.incidents()] == ["inc-three", "inc-two", "inc-one"]
    assert [i.id for i in await store.incidents(only_open=True)] == ["inc-three", "inc-one"]


LATER = NOON + timedelta(minutes=1)


def model_call(id_: str, of: IncidentId = A, at: datetime = NOON, dollars: float = 0.25) -> ModelCall:
    fields = {"id": id_, "incident": of, "at": at, "dollars": dollars}
    return ModelCall(agent="logs", model="m", tier="small", seconds=1, outcome="answered", **fields)


async def test_model_calls_are_kept_once_and_read_back_in_the_order_of_time(store: Store) -> None:
    later = model_call("two", at=NOON + timedelta(seconds=1))
    for call in (later, model_call("one"), later):
        await store.keep_model_call(call)
    assert [call.id for call in await store.model_calls()] == ["one", "two"]


async def test_model_calls_are_chosen_by_incident_and_time_and_their_money_is_added_up(store: Store) -> None:
    for call in (
        model_call("old", at=NOON - timedelta(hours=1)),
        model_call("new"),
        model_call("other", IncidentId("inc-b"), dollars=1.0),
    ):
        await store.keep_model_call(call)
    assert [call.id for call in await store.model_calls(incident=A, since=NOON)] == ["new"]
    elsewhere = NOON.astimezone(timezone(timedelta(hours=2)))
    assert await store.model_dollars(since=elsewhere) == 1.25
    assert await store.model_dollars(incident=A) == 0.5
    assert await store.model_dollars(incident=IncidentId("nobody")) == 0.0


async def test_what_a_batch_holds_counts_until_it_is_settled_and_never_beside_the_true_price(store: Store) -> None:
    await store.keep_model_call(model_call("made", dollars=0.25))
    await store.hold_model_calls([model_call("first", dollars=1.0), model_call("next", at=LATER, dollars=2.0)])

    assert [call.id for call in await store.model_calls()] == ["made"]
    assert [call.id for call in await store.held_model_calls(incident=A)] == ["first", "next"]
    assert [call.id for call in await store.held_model_calls(since=LATER)] == ["next"]
    assert (await store.model_dollars(), await store.held_model_dollars()) == (3.25, 3.0)
    assert (await store.model_dollars(since=LATER), await store.held_model_dollars(since=LATER)) == (2.0, 2.0)

    await store.settle_model_calls(["first", "next"], [model_call("first", dollars=0.5)])
    assert (await store.model_dollars(), await store.held_model_dollars()) == (0.75, 0.0)
    assert await store.held_model_calls() == []
    await store.hold_model_calls([model_call("first", dollars=1.0)])
    assert await store.model_dollars(incident=A) == 0.75


async def test_queries_of_logs_are_added_up_over_the_ledger(store: Store) -> None:
    def look(id_: str, minutes: int, data: object) -> Evidence:
        return Evidence(
            id=EvidenceId(id_),
            incident=A if id_ != "other" else IncidentId("inc-b"),
            round=1,
            agent="logs",
            server="cloudwatch",
            tool="query_logs",
            arguments={},
            answer=Answer(text="rows", as_of=NOON, data=data),
            asked_at=NOON + timedelta(minutes=minutes),
        )

    for item in (
        look("first", 0, {"queries": 2, "read_gb": 1.5}),
        look("again", 10, {"queries": 2, "queries_reused": 1, "read_gb": 0.5}),
        look("other", 0, {"queries": 1, "read_gb": 0.25}),
        look("text", 0, {"queries": "a server of others may say anything"}),
        look("none", 0, {"rows": []}),
    ):
        await store.keep_evidence(item)
    assert await store.log_queries() == LogQueries(5, 1, 2.25)
    assert await store.log_queries(incident=A) == LogQueries(4, 1, 2.0)
    assert await store.log_queries(since=NOON + timedelta(minutes=5)) == LogQueries(2, 1, 0.5)


async def test_what_happened_is_kept_in_order_for_one_incident_and_for_all(store: Store) -> None:
    for n, about in enumerate(["inc-a", "inc-b", "inc-a"]):
        store.record(Event(kind="node.started", incident=about, at=NOON, name=f"step {n}"))
    entries = await store.events("inc-a")
    assert [one.event.name for one in entries] == ["step 0", "step 2"]
    assert [one.event.name for one in await store.events(after=entries[0].seq)] == ["step 1", "step 2"]
    assert [one.event.name for one in await store.events(limit=1)] == ["step 0"]
    assert await store.last_event() == entries[-1].seq


async def test_one_incident_at_a_time_claims_a_target_and_a_claim_runs_out(store: Store) -> None:
    b, web, later = IncidentId("inc-b"), "prod Deployment/shop/web", NOON + timedelta(seconds=61)
    assert await store.claim(web, A, NOON, 60) == A
    assert await store.claim(web, b, NOON, 60) == A, "it is taken"
    assert await store.claim("prod Deployment/shop/api", b, NOON, 60) == b
    assert await store.claim(web, A, NOON + timedelta(seconds=30), 60) == A, "whoever holds it keeps it for longer"
    assert await store.claim(web, b, later, 60) == A
    assert await store.claim(web, b, NOON + timedelta(seconds=91), 60) == b, "its holder has not been heard of"
    await store.release_claims(b)
    assert await store.claim(web, A, NOON + timedelta(seconds=92), 60) == A


def write(
    key: str, minutes: float, *, is_undo: bool = False, workload: str = "c|Deployment/shop/web"
) -> PermittedWrite:
    at = NOON + timedelta(minutes=minutes)
    return PermittedWrite(key=key, incident=A, workload=workload, at=at, is_undo=is_undo)


async def test_no_hour_has_more_writes_than_the_limit_whoever_claims_them(store: Store) -> None:
    claims = [store.claim_write(write(f"w{number}", number / 10), 3) for number in range(12)]
    free_at = await asyncio.gather(*claims)
    first, *others = [number for number, one in enumerate(free_at) if one is None]
    assert len(others) == 2
    assert await store.claim_write(write(f"w{first}", 5), 3) is None, "the same step again is counted once"
    assert await store.claim_write(write("undo", 5, is_undo=True), 3) is None, "what gives back is never refused"
    full = await store.next_write_at(NOON + timedelta(minutes=5), 3)
    assert full == NOON + timedelta(hours=1, minutes=first / 10)
    assert await store.claim_write(write("later", 60.01 + first / 10), 3) is None
    assert await store.claim_write(write("none", 0), 0) is not None


async def test_the_last_write_on_a_workload_is_known_over_incidents(store: Store) -> None:
    assert await store.last_write("c|Deployment/shop/web") is None
    await store.claim_write(write("a", 1), 9)
    await store.claim_write(write("b", 2, is_undo=True), 9)
    await store.claim_write(write("c", 3, workload="c|Deployment/shop/other"), 9)
    assert await store.last_write("c|Deployment/shop/web") == NOON + timedelta(minutes=2)


async def test_remedies_that_failed_in_a_row_are_counted_until_one_helps(store: Store) -> None:
    def result(key: str, *, has_helped: bool = False) -> RemedyResult:
        return RemedyResult(key=key, failure_class="oom_killed", workload="c|web", helped=has_helped, at=NOON)

    for key in ("i1:a", "i1:a", "i2:a"):
        await store.keep_remedy_result(result(key))
    (count,) = await store.breaker_counts()
    assert (count.failure_class, count.workload, count.failures, count.last_at) == ("oom_killed", "c|web", 2, NOON)
    await store.keep_remedy_result(result("i3:a", has_helped=True))
    assert await store.breaker_counts() == []
    await store.keep_remedy_result(result("i4:a"))
    assert await store.reset_breaker("oom_killed", "c|web") and not await store.reset_breaker("oom_killed", "c|web")
