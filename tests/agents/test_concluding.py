"""What a model claims reaches nobody unless the evidence that it names shows it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mcp_servers.contract.facts import Answer, Observation, Subject
from sre_agent.agents.concluding import Concluded, held
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
WEB = Subject(scope="prod", kind="Deployment", namespace="shop", name="web")


def evidence(number: int, text: str, *codes: str) -> Evidence:
    return Evidence(
        id=EvidenceId(f"ev-{number}"),
        incident=IncidentId("inc-1"),
        round=1,
        agent="kubernetes",
        server="kubernetes",
        tool="kubectl_get",
        arguments={"name": "web"},
        answer=Answer(text=text, as_of=NOW, observations=[Observation(code=code, subject=WEB) for code in codes]),
        asked_at=NOW,
    )


LEDGER = [
    evidence(1, "web-7d4 restarted 14 times since 2026-03-04T09:41:12Z, exit code 137", "container.oom_killed"),
    evidence(2, "node ip-10-0-3-7 is ready"),
]


def claimed(text: str, *numbers: str) -> list[str]:
    concluded = Concluded.model_validate({"claims": [{"text": text, "evidence": list(numbers)}]})
    return [claim.text for claim in held(concluded, LEDGER).claims]


def test_a_claim_whose_names_numbers_and_times_are_in_its_evidence_stays_with_that_evidence() -> None:
    said = {"text": "Pod web-7d4 restarted 14 times since 09:41:12.", "evidence": ["L1"]}
    found = held(Concluded.model_validate({"claims": [said]}), LEDGER)
    assert [(claim.text, claim.evidence) for claim in found.claims] == [(said["text"], ["ev-1"])]
    assert found.dropped == 0


@pytest.mark.parametrize(
    "text",
    [
        "Pod web-7d4 restarted 15 times.",
        "Pod web-9zz restarted 14 times.",
        "Pod web-7d4 restarted since 09:40:00.",
        "Deployment/shop/web talks to db.internal.",
        "All is well, and nobody has to do anything.",
    ],
)
def test_a_claim_with_a_number_name_or_time_that_its_evidence_lacks_or_with_none_at_all_is_dropped(text: str) -> None:
    assert claimed(text, "L1") == []


def test_a_claim_stands_by_the_evidence_that_it_names_and_no_other() -> None:
    assert claimed("Node ip-10-0-3-7 is ready.", "L2")
    assert not claimed("Node ip-10-0-3-7 is ready.", "L1")
    assert not claimed("Node ip-10-0-3-7 is ready.", "L9")
    assert not claimed("Node ip-10-0-3-7 is ready.")


@pytest.mark.parametrize("given", ["L1, L2", ["l1", "[L2]"], [1, 2]])
def test_numbers_are_understood_however_a_model_writes_them(given: object) -> None:
    said = {"text": "Pod web-7d4 runs on ip-10-0-3-7.", "evidence": given}
    found = held(Concluded.model_validate({"claims": [said]}), LEDGER)
    assert [claim.evidence for claim in found.claims] == [["ev-1", "ev-2"]]


def test_numbers_within_the_sentence_count_and_do_not_stay_in_it() -> None:
    said = {"text": "Pod web-7d4 restarted 14 times (L1).", "evidence": []}
    (claim,) = held(Concluded.model_validate({"claims": [said]}), LEDGER).claims
    assert (claim.text, claim.evidence) == ("Pod web-7d4 restarted 14 times.", ["ev-1"])


def test_what_is_dropped_is_counted_and_the_same_claim_is_told_once() -> None:
    good = {"text": "Pod web-7d4 restarted 14 times.", "evidence": ["L1"]}
    bad = {"text": "Pod web-7d4 restarted 99 times.", "evidence": ["L1"]}
    found = held(Concluded.model_validate({"claims": [good, bad, good], "ruled_out": [bad]}), LEDGER)
    assert (len(found.claims), found.ruled_out, found.dropped) == (1, [], 2)


def test_what_is_told_has_no_character_that_a_terminal_obeys() -> None:
    assert claimed("Pod web-7d4 restarted\u001b[K 14 times\u202e\ud800.", "L1") == ["Pod web-7d4 restarted[K 14 times."]


def test_a_gap_may_name_nothing_that_nobody_saw() -> None:
    told = held(
        Concluded(gaps=["The logs of web were not there.", "The audit of vault.internal was not read."]), LEDGER
    )
    assert (told.gaps, told.dropped) == (["The logs of web were not there."], 1)


def test_an_answer_without_end_is_bounded() -> None:
    endless = {"text": "Pod web-7d4 " + "restarted " * 500, "evidence": ["L1"]}
    claims = [{"text": f"Pod web-7d4 ended with {'very ' * n} exit code 137.", "evidence": ["L1"]} for n in range(100)]
    found = held(Concluded.model_validate({"claims": [endless, *claims], "gaps": ["nothing"] * 50}), LEDGER)
    assert len(found.claims) <= 12 and len(found.gaps) <= 6
    assert max(len(claim.text) for claim in found.claims) <= 300
