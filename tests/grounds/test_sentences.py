"""Sentences about small reports, in every language: those that are so stand, and lies of the known kinds are cut.

Each is held as an account of the lines that it retells, and as an answer in chat that cites the whole report.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from sre_agent.chat.model.checking import checked
from sre_agent.chat.model.knowledge import Knowledge
from sre_agent.chat.reply import Reply
from sre_agent.grounds import Originals, Retelling, language, languages, subject_names

ASKED = {
    "en": "what is wrong with the shop, and why is it so",
    "de": "Warum ist der Shop langsam und was ist los?",
    "fr": "Pourquoi la boutique est-elle lente et que se passe-t-il ?",
    "es": "¿Por qué está lenta la tienda y qué pasa con los pedidos?",
    "it": "Perché il negozio è lento e che cosa succede?",
    "pt": "Por que a loja está lenta e o que há com os pedidos?",
    "nl": "Waarom is de winkel traag en wat is er aan de hand?",
    "ja": "なぜ遅いのですか",
    "zh": "为什么很慢",
    "ko": "왜 느립니까",
}
MOST_CUT = 0.05  # of the true ones
FEWEST = 120


@cache
def corpus() -> dict[str, Any]:
    found = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def told(tag: str, report: str, numbers: str, text: str) -> bool:
    """Whether an account keeps it that retells these lines of a report that ended escalated."""
    lines = corpus()["reports"][report]
    names = {name for line in lines for name in subject_names(line) if name.isalpha()}
    originals = Originals([lines[int(number) - 1] for number in numbers.split()])
    spoken = language(tag)
    assert spoken is not None
    return Retelling(text, spoken).fault(originals, names=names, titles=(), over=False) is None


def answered(tag: str, report: str, text: str) -> bool:
    """Whether an answer in chat keeps it that cites all of the report."""
    knowledge = Knowledge()
    lines = "\n".join(corpus()["reports"][report])
    reply = Reply(question=ASKED[tag], intent="describe", outcome="answered", text=lines)
    knowledge.reply(knowledge.number(), reply, [], ASKED[tag])
    return checked(f"{text} [L1]", knowledge, ASKED[tag], lambda _: ["[E1]"]).stands


@pytest.mark.parametrize("tag", languages())
def test_lies_are_cut_and_what_is_so_stands(tag: str) -> None:
    sentences = corpus()["sentences"][tag]
    counts: Counter[str] = Counter()
    wrong = []
    for report, numbers, so, text in sentences:
        for where, stands in (("account", told(tag, report, numbers, text)), ("chat", answered(tag, report, text))):
            counts[f"{where}: {'true' if so is True else 'false'} ones {'kept' if stands else 'cut'}"] += 1
            if stands != (so is True) and not (so == "retold" and where == "chat"):
                wrong.append((where, so, text))

    kept = [one for one in wrong if one[1] is not True]
    cut = [one for one in wrong if one[1] is True]
    true = sum(so is True for _, _, so, _ in sentences)
    assert kept == [] and len(cut) <= 2 * true * MOST_CUT, f"{dict(sorted(counts.items()))}: {wrong}"


def test_every_language_has_true_and_false_ones_of_every_kind() -> None:
    kinds = {tag: {so for _, _, so, _ in sentences} - {"retold"} for tag, sentences in corpus()["sentences"].items()}
    assert kinds.keys() == languages().keys()
    assert {frozenset(one) for one in kinds.values()} == {
        frozenset({True, "roles", "share", "number", "unit", "person", "well"})
    }
    assert sum(len(sentences) for sentences in corpus()["sentences"].values()) >= FEWEST


def test_a_sentence_that_goes_back_and_forth_between_two_names_is_judged_whatever_many_lines_join_them() -> None:
    lines = [f"Deployment/shop/front calls Deployment/shop/web at 09:{minute:02}:00 UTC." for minute in range(40)]
    forth = "Deployment/shop/front calls Deployment/shop/web"
    spoken = language("en")
    assert spoken is not None
    back = "Deployment/shop/web calls Deployment/shop/front"
    judged = {
        text: Retelling(text, spoken).fault(Originals(lines), names=set(), titles=(), over=False) == "roles"
        for text in (forth, ", and ".join([forth] * 9), f"{forth}, and {back}", " which ".join([forth] * 12))
    }
    assert list(judged.values()) == [False, False, True, True], judged
