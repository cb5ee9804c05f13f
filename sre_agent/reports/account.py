"""What a model wrote of a report, sentence by sentence: which stand, why the others do not, and whether it is enough.

The one judge of accounts: what ends up in a report and what an evaluation counts is the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, Field

from sre_agent.domain.base import EvidenceId
from sre_agent.domain.report import Report
from sre_agent.grounds import Language, Originals, Retelling, language
from sre_agent.grounds.retelling import Fault
from sre_agent.reports.sheet import VERDICT, Stated, plain_names, sheet

SENTENCES: Final = 8
RETOLD: Final = 4  # sentences of the report in one of the account
MOST_CUT: Final = 1 / 3  # of the sentences

Cut = Fault | Literal["empty", "reference"]
Fallback = Literal["", "silent", "language", "cut", "verdict"]


class Sentence(BaseModel):
    text: str = Field(description="one sentence in the language that is asked for, without numbers of sentences")
    restates: list[str] = Field(description="the numbers of the report's sentences that it says again, as R1")


class Told(BaseModel):
    """The account of the report."""

    language: str = Field(description="BCP 47 tag of the language it is written in")
    sentences: list[Sentence] = Field(description=f"in the order in which they are read; at most {SENTENCES}")


@dataclass(frozen=True)
class Judged:
    """One sentence as it would be read. `cut` says why it does not stand; None where it does."""

    text: str
    restates: tuple[str, ...]
    evidence: tuple[EvidenceId, ...]
    cut: Cut | None


@dataclass(frozen=True)
class Account:
    """`fell_back` says why none of it is used: nothing was said, it is in another language, too much of it was cut, or
    the verdict is not in it; empty where what stands is used."""

    sentences: tuple[Judged, ...]
    fell_back: Fallback

    @property
    def stands(self) -> list[Judged]:
        """The verdict first."""
        held = [one for one in self.sentences if one.cut is None]
        return sorted(held, key=lambda one: VERDICT not in one.restates)

    @property
    def cut(self) -> int:
        return len(self.sentences) - len(self.stands)


def judged(report: Report, told: Told, spoken: Language, titles: Collection[str]) -> Account:
    """`titles` are those of all failure classes: each stands for a cause."""
    if not any(sentence.text.strip() for sentence in told.sentences):
        return Account((), "silent")
    if language(told.language) != spoken:
        return Account((), "language")
    once = {sentence.text: sentence for sentence in told.sentences}
    known, names = {one.id: one for one in sheet(report)}, plain_names(report)
    over = report.status == "remediated"
    found = []
    for sentence in list(once.values())[:SENTENCES]:
        originals = [known[id_] for id_ in dict.fromkeys(sentence.restates) if id_ in known]
        retelling = Retelling(sentence.text, spoken)
        why = _unreferred(retelling, sentence, originals)
        if why is None:
            texts = Originals([one.text for one in originals])
            why = retelling.fault(texts, names=names, titles=titles, over=over)
        evidence = tuple(dict.fromkeys(number for one in originals for number in one.evidence))
        found.append(Judged(retelling.text, tuple(sentence.restates), evidence, why))
    account = Account(tuple(found), "")
    return Account(account.sentences, _fell_back(account))


def _unreferred(retelling: Retelling, sentence: Sentence, originals: Sequence[Stated]) -> Cut | None:
    if not retelling.text:
        return "empty"
    whole = len(originals) == len(set(sentence.restates))
    return None if whole and 0 < len(originals) <= RETOLD else "reference"


def _fell_back(account: Account) -> Fallback:
    stands = account.stands
    if not stands or account.cut > len(account.sentences) * MOST_CUT:
        return "cut"
    return "" if any(VERDICT in one.restates for one in stands) else "verdict"
