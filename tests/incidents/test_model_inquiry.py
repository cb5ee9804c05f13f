"""An incident that the rules leave open: a chat model says whom to ask, specialists look, and the rules weigh it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sre_agent import reports
from sre_agent.cli.live_state import LiveState
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.report import Report
from sre_agent.event_lines import event_line as plainly
from sre_agent.model.scripted import Script, ScriptedModel, opened_script
from sre_agent.progress import Event
from sre_lab.process import LabProcess
from tests.ground import servers_within
from tests.incidents.conftest import Stage
from tests.labs import standing_lab

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
VAGUE = {"title": "customers complain about the shop", "state": "firing"}
NEVER_SEEN = """
class: table_throttled
title: Something that nobody has seen
subject_kinds: [Table]
requires: {all: [{observation: deletion.stuck}]}
supports: [{observation: deletion.stuck, weight: 10}]
statement: It never comes to this.
recovered_when: [{absent: deletion.stuck}]
owner: platform team
unfixable_note: Somebody has to look.
"""
PATH = 8  # calls of a model one after another
ROUTE, LOOK_KUBERNETES, LOOK_METRICS, DIAGNOSE = (
    *("You lead the investigation", "You look at the cluster"),
    *("You look at metrics", "You are the last to look"),
)
ANYTHING_ELSE = {"repeats": True, "fault": "refused"}
NO_PROPOSAL = {"repeats": True, "expects": {"system": DIAGNOSE}, "calls": [{"tool": "ProposalReply", "arguments": {}}]}


def says(to: str, tool: str, last: str = "", **arguments: Any) -> dict[str, Any]:
    return {"expects": {"system": to, "last": last}, "calls": [{"tool": tool, "arguments": arguments}]}


def routes(*questions: tuple[str, str]) -> dict[str, Any]:
    return says(ROUTE, "Route", questions=[{"specialist": to, "question": text} for to, text in questions])


@dataclass
class Told:
    incident: Incident
    report: Report
    ledger: list[Evidence]
    calls: list[ModelCall]
    state: dict[str, Any]
    events: list[Event]

    @property
    def made(self) -> list[tuple[str, str]]:
        return [(item.agent, item.tool) for item in self.ledger]

    @property
    def asked(self) -> list[str]:
        return [call.agent for call in self.calls]

    @property
    def path(self) -> int:
        """Calls one after another: of specialists that were at work together, the one that had the most counts."""
        longest, apart = 0, Counter[str]()
        for agent in self.asked:
            if agent in ("supervisor", "diagnose", "report"):
                longest += 1 + max(apart.values(), default=0)
                apart.clear()
            else:
                apart[agent] += 1
        return longest + max(apart.values(), default=0)


async def run(
    it: Stage, turns: Sequence[dict[str, Any]], payload: Any = None, *, fits: bool = True, **settings: Any
) -> Told:
    """From the alarm, or the payload, to the end. With turns a scripted model plays them, all that `fits`."""
    model = opened_script(Script.model_validate({"turns": turns}))
    model_settings: dict[str, Any] = {"model": "scripted:here", "open_model": lambda address, settings: model}
    async with it.runtime(**(model_settings if turns else {}), **settings) as runtime:
        incident, report = await it.respond(runtime, payload=payload)
        assert report is not None
        snapshot = await runtime.worker._graph.aget_state({"configurable": {"thread_id": incident.id}})
        ledger = await runtime.store.ledger(incident.id)
        calls = await runtime.store.model_calls(incident=incident.id)
    assert isinstance(model.chat, ScriptedModel)
    if fits:
        model.chat.finish()
    return Told(incident, report, list(ledger), list(calls), snapshot.values, it.events)


@pytest.fixture(scope="module")
def flash_sale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    with standing_lab("flash-sale", tmp_path_factory.mktemp("flash-sale")) as lab:
        yield lab


@pytest.fixture
def unknown(flash_sale: LabProcess, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A run on a table that is short of capacity, by a catalogue that has no such class."""
    classes = tmp_path / "classes"
    classes.mkdir()
    (classes / "table_throttled.yaml").write_text(NEVER_SEEN)

    async def respond(*turns: dict[str, Any], state: str = "", **settings: Any) -> Told:
        return await run(Stage(flash_sale, tmp_path / state), turns, failure_folders=(classes,), **settings)

    with servers_within():
        yield respond


async def test_routed_questions_reach_their_specialists_together_and_their_calls_are_in_the_ledger_under_their_names(
    unknown: Callable[..., Any],
) -> None:
    true_claim: dict[str, Any] = {"text": "Deployment/orders/orders has 3 of 3 replicas.", "evidence": ["L5", "L6"]}
    made_up: dict[str, Any] = {"text": "Deployment/orders/orders restarted 41 times.", "evidence": ["L5", "L6"]}
    outcome = await unknown(
        routes(("kubernetes", "Does it restart?"), ("metrics", "Which alarms are on?"), ("astrologer", "Why?")),
        says(LOOK_KUBERNETES, "kubectl_explain_workload", namespace="orders", name="orders"),
        says(LOOK_METRICS, "list_alarms", state="ALARM"),
        says(LOOK_KUBERNETES, "Conclusion", "kubectl_explain_workload", claims=[true_claim, made_up]),
        says(
            LOOK_METRICS,
            "Conclusion",
            "list_alarms",
            gaps=["No other metric of Deployment/orders/orders was looked at."],
        ),
        routes(("kubernetes", "does it restart")),  # asked before
        NO_PROPOSAL,
        ANYTHING_ELSE,
    )
    assert {("kubernetes", "kubectl_explain_workload"), ("metrics", "list_alarms")} <= set(outcome.made[4:])
    started = [event.name for event in outcome.events if event.kind in ("agent.started", "agent.ended")][4:]
    assert sorted(started[:2]) == ["kubernetes", "metrics"], "both are at work before one has ended"
    claims = [claim["text"] for claim in outcome.state["k8s_findings"]["claims"]]
    assert true_claim["text"] in claims and made_up["text"] not in claims
    gap = "A chat model could not see: No other metric of Deployment/orders/orders was looked at."
    assert gap in outcome.state["metrics_findings"]["gaps"]
    assert [note.partition(" had ")[2] for note in outcome.state["model_notes"][:2]] == [
        "1 question for specialists that there are not.",
        "1 question that it had asked before.",
    ]
    assert {call.agent: call.tier for call in outcome.calls if call.agent != "report"} == dict.fromkeys(
        ("supervisor", "kubernetes", "metrics", "diagnose"), "large"
    )
    assert all(call.prompt.startswith(("supervise@", "kubernetes@", "metrics@")) for call in outcome.calls[:4])
    assert outcome.path <= PATH
    assert true_claim["text"] in [claim.text for claim in outcome.report.claims]
    text = reports.markdown(outcome.report)
    assert (
        "## Found by specialists\n\nIn the model's words, not verified beyond their names, numbers and times:\n\n"
        f"- {true_claim['text']}" in text
    )
    assert made_up["text"] not in text
    times = [entry.what for entry in outcome.report.timeline]
    assert 'The chat model asked metrics: "Which alarms are on?"' in times
    assert [what.partition(" (")[0] for what in times if "asked a chat model" in what][:3] == [
        "supervisor asked a chat model: 1 call",
        "kubernetes asked a chat model: 2 calls",
        "metrics asked a chat model: 2 calls",
    ]
    live_state = LiveState()
    for event in outcome.events:
        live_state.on_event(event)
    assert all(row.finished_calls == row.calls for row in live_state.agents.values()) and not live_state.thinking
    lines = [line for event in outcome.events if (line := plainly(event))]
    assert {"asking the model whom to ask", "kubernetes working on: Does it restart?"} <= set(lines)


async def test_a_model_that_never_has_enough_stays_within_eight_calls_one_after_another(
    unknown: Callable[..., Any],
) -> None:
    def endless(to: str, tool: str, key: str) -> list[dict[str, Any]]:
        return [says(to, tool, **{key: f"other-{n}"}) for n in range(4)]

    outcome = await unknown(
        routes(("kubernetes", "Who else?"), ("metrics", "What else?")),
        *endless(LOOK_KUBERNETES, "kubectl_find", "name"),
        *endless(LOOK_METRICS, "list_alarms", "prefix"),
        routes(("kubernetes", "And who besides?"), ("metrics", "And what besides?")),
        {"repeats": True, **routes(("logs", "What now?"))},
        NO_PROPOSAL,
        ANYTHING_ELSE,
    )
    assert Counter(outcome.asked) == {"supervisor": 2, "kubernetes": 4, "metrics": 4, "diagnose": 1, "report": 1}
    assert outcome.path == PATH
    assert (outcome.incident.status, outcome.incident.reason) == ("escalated", "inconclusive")
    trouble = outcome.state["k8s_findings"]["trouble"]
    assert "kubernetes came to no conclusion; what its calls show stands." in trouble


async def test_answers_that_come_only_at_the_second_try_stay_within_eight_calls(unknown: Callable[..., Any]) -> None:
    """A retry counts as a call: it uses up a turn, and the last questions are asked once or not at all."""

    def twice(to: str, tool: str, wrong: str, **right: Any) -> list[dict[str, Any]]:
        return [says(to, tool, **{wrong: "no such thing"}), says(to, tool, **right)]

    route = {"questions": [{"specialist": "kubernetes", "question": "Who else?"}]}
    outcome = await unknown(
        *twice(ROUTE, "Route", "questions", **route),
        *twice(LOOK_KUBERNETES, "Conclusion", "claims"),
        {"repeats": True, **says(ROUTE, "Route", questions="no such thing")},
        {"repeats": True, **says(LOOK_KUBERNETES, "Conclusion", claims="no such thing")},
        {"repeats": True, **says(DIAGNOSE, "ProposalReply", causes="no such thing")},
        {"repeats": True, **says("", "Told", sentences="no such thing")},
    )
    assert outcome.path <= PATH
    assert Counter(outcome.asked)["report"] <= 2
    assert (outcome.incident.status, outcome.incident.reason) == ("escalated", "inconclusive")


async def test_no_more_specialists_are_asked_than_there_are_calls_for(unknown: Callable[..., Any]) -> None:
    without = await unknown(state="without")
    one_each = [
        {"repeats": True, **says(to, tool, **{key: "other"})}
        for to, tool, key in ((LOOK_KUBERNETES, "kubectl_find", "name"), (LOOK_METRICS, "list_alarms", "prefix"))
    ]
    outcome = await unknown(
        routes(("kubernetes", "Who else?"), ("metrics", "What else?")),
        *one_each,
        {"repeats": True, **routes()},
        NO_PROPOSAL,
        ANYTHING_ELSE,
        state="few",
        tool_calls=len(without.ledger) + 7,
    )
    assert [question["specialist"] for question in outcome.state["routed"]] == ["kubernetes"]
    assert len(outcome.ledger) == len(without.ledger) + 1


@pytest.mark.parametrize("fault", ["unavailable", pytest.param("refused", marks=pytest.mark.long)])
async def test_a_model_that_always_fails_changes_nothing_but_a_note(unknown: Callable[..., Any], fault: str) -> None:
    without = await unknown(state="without")
    failing = await unknown({"repeats": True, "fault": fault}, state="failing")
    assert (failing.incident.status, failing.incident.reason) == (without.incident.status, without.incident.reason)
    assert sorted(failing.made) == sorted(without.made)
    assert failing.report.diagnosis.verdict == without.report.diagnosis.verdict
    assert sorted(claim.text for claim in failing.report.claims) == sorted(c.text for c in without.report.claims)
    assert set(failing.asked) <= {"supervisor", "report"}, "it is not asked again for the investigation"
    (note, *_) = failing.state["model_notes"]
    assert note.startswith("No chat model told whom to ask, because ")
    assert not without.calls and not without.state.get("model_notes")


async def test_a_script_that_does_not_fit_changes_nothing_but_a_note_and_is_not_tried_again(
    unknown: Callable[..., Any],
) -> None:
    without = await unknown(state="without")
    outcome = await unknown(
        {"repeats": True, "text": "Hi.", "expects": {"last": "no such words"}}, state="told", fits=False
    )
    assert (outcome.incident.status, outcome.incident.reason) == (without.incident.status, without.incident.reason)
    assert [(call.agent, call.outcome) for call in outcome.calls] == [("supervisor", "deviated")]
    assert outcome.report.model_notes[0] == (
        "No chat model told whom to ask, because the script has no turn for this request; the run went on without one."
    )


async def test_without_a_budget_no_call_is_made_and_the_run_says_so(unknown: Callable[..., Any]) -> None:
    outcome = await unknown({"repeats": True, "fault": "refused"}, model_incident_dollars=0.0)
    assert not outcome.calls
    assert any("the model budget has no room for another call" in note for note in outcome.state["model_notes"])
    assert outcome.state["model_given_up"] == "budget"


async def test_a_model_cannot_use_up_the_calls_that_the_rules_may_still_need(unknown: Callable[..., Any]) -> None:
    greedy = [{"tool": "kubectl_find", "arguments": {"name": f"n{n}"}} for n in range(12)]
    outcome = await unknown(
        routes(("kubernetes", "What is there?")),
        {"repeats": True, "expects": {"system": LOOK_KUBERNETES, "tools": ["kubectl_find"]}, "calls": greedy},
        {"repeats": True, **says(LOOK_KUBERNETES, "Conclusion")},
        {"repeats": True, **routes(("kubernetes", "What else is there?"))},
        NO_PROPOSAL,
        ANYTHING_ELSE,
        tool_calls=14,
    )
    assert len(outcome.ledger) == 14 - 6
    assert (outcome.incident.status, outcome.incident.reason) == ("escalated", "inconclusive")


@pytest.mark.long  # `test_proposed_causes` has it of a model that would propose
async def test_what_the_rules_have_decided_is_routed_to_nobody(stage: Open) -> None:
    with stage("payday-evening") as it:
        outcome = await run(it, [ANYTHING_ELSE])
    assert (outcome.incident.status, outcome.incident.reason) == ("remediated", "fixed")
    assert set(outcome.asked) <= {"report"}
    assert not outcome.state.get("routed")


async def test_a_model_finds_the_place_the_rules_find_the_cause_and_a_human_is_asked(stage: Open) -> None:
    """Through the lab's Bedrock. Without a model this signal names nothing that could be looked at."""
    with stage("payday-evening") as it:
        it.lab.control.play_model(
            {
                "turns": [
                    bedrock(ROUTE, "Route", questions=[{"specialist": "kubernetes", "question": "What is unhealthy?"}]),
                    bedrock(LOOK_KUBERNETES, "kubectl_triage", namespace="shop"),
                    bedrock(LOOK_KUBERNETES, "Conclusion"),
                ]
            }
        )
        it.alarm()
        outcome = await run(it, [], payload=VAGUE, model="bedrock")
    hypothesis = outcome.report.diagnosis.hypothesis
    assert hypothesis is not None and (hypothesis.failure_class, hypothesis.subject.short) == (
        "bad_rollout",
        "Deployment/shop/payments-api",
    )
    assert outcome.asked[:3] == ["supervisor", "kubernetes", "kubernetes"]
    assert "supervisor" not in outcome.asked[3:] and "diagnose" not in outcome.asked, "the rules were sure then"
    assert (outcome.incident.status, outcome.incident.reason) == ("remediated", "fixed")
    policy_decision = outcome.report.policy_decision
    assert (
        policy_decision is not None
        and policy_decision.verdict == "approve"
        and "A chat model led to the place" in policy_decision.reason
    )


def bedrock(to: str, tool: str, **arguments: Any) -> dict[str, Any]:
    return {"when": {"system": to}, "calls": [{"tool": tool, "input": arguments}]}
