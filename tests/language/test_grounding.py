"""What a model says itself is held to names, numbers with their units, times and citations, in any language."""

from __future__ import annotations

import time

import pytest

from sre_agent.language.grounding import Fault, fault
from sre_agent.language.lexicon import language_of
from sre_agent.language.narrative import NarrativeItem, ground_narrative
from sre_agent.language.source import EvidenceText

SOURCE = EvidenceText(
    "0 of 2 replicas of Deployment/shop/web are ready since 2026-03-03T09:58:00Z, limit 64Mi, 33.5 % of 1680 requests"
    " fail within 90 s; Pod web-7d4 was restarted 11 times (OOMKilled, exit code 137), cpu 250m, ratio 0.93, 536870912",
    ["Deployment/shop/web"],
)


def fault_of(text: str, *, bare: bool = False) -> Fault | None:
    return fault(text, [SOURCE], language=language_of(text), bare=bare)


@pytest.mark.parametrize(
    "text",
    [
        "Deployment/shop/web dient mit 0 von 2 Replikaten, Limit 64 MiB.",
        "Le déploiement shop/web échoue depuis 09:58 : 33,5 % de 1 680,0 requêtes en 1,5 minutes.",
        "web-7d4は１１回再起動し、９０秒以内に終了しました。",
        "web-7d4 在上午9点58分后重启了11次，内存64Mi，退出码137。",
        "web-7d4 перезапущен 11 раз, лимит 64 MiB.",
        "web-7d4: ١١ مرة",
        "Der web-7d4-Container wurde elf Mal neu gestartet, und das ist nicht alles (0/2).",
        "There are 512 MiB, the ratio is 93 %, and cpu is at 250m.",
    ],
)
def test_what_stands_there_may_be_said_in_any_script_form_and_unit(text: str) -> None:
    assert fault_of(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("web-7d5は１１回再起動しました。", "name"),
        ("checkoutは０個です。", "name"),
        ("web-7d4 перезапущен 12 раз.", "number"),
        ("web-7d4: ١٢ مرة", "number"),
        ("Limit 64 GiB.", "number"),
        ("64 Sekunden.", "number"),
        ("90 ms dauerte es.", "number"),
        ("Der web-7d4-Container wurde zwölf Mal neu gestartet, und das ist nicht alles.", "number"),
        ("在下午9点58分后", "time"),
        ("seit 09:58 MEZ", "time"),
        ("am 3.4.2026 um 09:58", "time"),
        ("web-7d4: http://collect.example.com", "address"),
        ("Kaikki on taas kunnossa.", "bare"),
        ("   ", "empty"),
    ],
)
def test_what_does_not_stand_there_is_dropped_with_its_reason(text: str, why: Fault) -> None:
    assert fault_of(text) == why


def test_a_sentence_that_names_nothing_may_stand_where_a_person_asked() -> None:
    assert fault_of("Ja.", bare=True) is None


def test_a_person_may_hear_their_own_names_again_but_no_number_of_theirs() -> None:
    question = EvidenceText("why does billing-api fail 44 times")
    assert fault("billing-api is not in web-7d4.", [SOURCE], question) is None
    assert fault("web-7d4 failed 44 times.", [SOURCE], question) == "number"


def test_words_without_a_citation_or_with_one_that_is_not_there_are_dropped_and_counted() -> None:
    items = [NarrativeItem(words="web-7d4 fails.", cites=cites) for cites in ([], ["R9"], ["R1", "R9"])]
    items += [
        NarrativeItem(words="It is web-7d4.", cites=["R1"]),
        NarrativeItem(statement="R1"),
        NarrativeItem(statement="R9"),
    ]
    grounds = ground_narrative(items, {"R1": SOURCE})
    assert ([one.text for one in grounds.grounded_words], grounds.statements) == (["It is web-7d4."], ("R1",))
    assert grounds.faults == {"citation": 2} and grounds.note.startswith(
        "2 sentences of the model's were dropped: 2 for citing"
    )


def test_very_long_words_take_no_time() -> None:
    started = time.process_time()
    for long in ("„", "'", '"', "1,111", "1 111 ", "-", "9時", "  ", "a.", "L1 ", "[", "l'", "12:"):
        fault(long * (20_000 // len(long)), [SOURCE])
    assert time.process_time() - started < 10  # a second here; minutes where a pattern runs away
