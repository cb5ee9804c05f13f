"""A finished report retold by a chat model for who is on call, in their language.

The model reads the report's sentences under their numbers and says for each of its own which of them it retells. What
it says beyond them is cut. The report's own words stand whatever comes of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel, Field

from sre_agent.domain.finding import Claim
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.errors import ModelUnavailableError
from sre_agent.grounds import Language, Originals, Retelling, language, language_of, languages
from sre_agent.grounds.languages import ENGLISH
from sre_agent.model import Models
from sre_agent.model.reasons import because
from sre_agent.prompting import fence, prompt
from sre_agent.reports.sheet import VERDICT, Stated, plain_names, sheet

AGENT: Final = "report"
PROMPT: Final = "words"
SENTENCES: Final = 8
RETOLD: Final = 4  # sentences of the report in one of the account
OWN: Final = "The account is in the responder's own words"


class Sentence(BaseModel):
    text: str = Field(description="one sentence in the language that is asked for, without numbers of sentences")
    restates: list[str] = Field(description="the numbers of the report's sentences that it says again, as R1")


class Told(BaseModel):
    """The account of the report."""

    language: str = Field(description="BCP 47 tag of the language it is written in")
    sentences: list[Sentence] = Field(description=f"in the order in which they are read; at most {SENTENCES}")


@dataclass(frozen=True)
class Author:
    """`tag` is the language to write in. `titles` are those of all failure classes: each stands for a cause."""

    models: Models
    tag: str
    titles: Collection[str] = ()
    most: int = 2  # calls, failed ones too

    async def retold(self, report: Report) -> Report:
        """The report with a summary, or with a note why it has none. Raises nothing of a model that fails."""
        spoken = language(self.tag)
        if spoken is None:
            known = ", ".join(languages())
            return _noted(report, f"{OWN}: an account in {self.tag} could not be checked. There are: {known}.")
        stated = sheet(report)
        try:
            told = await self._asked(report, stated, spoken)
        except ModelUnavailableError as problem:
            return _noted(report, because(OWN, problem))
        if not any(sentence.text.strip() for sentence in told.sentences):
            return _noted(report, f"{OWN}: the model had nothing to say.")
        if language(told.language) != spoken:
            return _noted(report, f"{OWN}: the model wrote in another language than {spoken.name}.")
        once = {sentence.text: sentence for sentence in told.sentences}
        return self._checked(report, stated, list(once.values())[:SENTENCES], spoken)

    async def _asked(self, report: Report, stated: Sequence[Stated], spoken: Language) -> Told:
        words = prompt(PROMPT)
        lines = "\n".join(f"{one.id} {one.part}: {' '.join(one.text.split())}" for one in stated)
        asked = f"The incident ended {report.status}. Write in {spoken.name} ({self.tag}).\n\n{fence('report', lines)}"
        reply = await self.models.ask(
            "small",
            [SystemMessage(words.text), HumanMessage(asked)],
            schema=Told,
            incident=report.incident,
            agent=AGENT,
            prompt=words.label,
            most=self.most,
        )
        if not isinstance(reply.parsed, Told):
            raise ModelUnavailableError("The model wrote no account.", reason="malformed")
        return reply.parsed

    def _checked(
        self, report: Report, stated: Sequence[Stated], sentences: Sequence[Sentence], spoken: Language
    ) -> Report:
        """The sentences that hold; none of them when too many do not, or when the verdict is not among them."""
        known, names = {one.id: one for one in stated}, plain_names(report)
        kept: list[tuple[Claim, list[str]]] = []
        for sentence in sentences:
            originals = [known[id_] for id_ in dict.fromkeys(sentence.restates) if id_ in known]
            retelling = Retelling(sentence.text, spoken)
            if not retelling.text or len(originals) != len(set(sentence.restates)) or not 0 < len(originals) <= RETOLD:
                continue
            texts = Originals([one.text for one in originals])
            over = report.status == "remediated"
            if retelling.fault(texts, names=names, titles=self.titles, over=over) is None:
                evidence = list(dict.fromkeys(number for one in originals for number in one.evidence))
                kept.append((Claim(text=retelling.text, evidence=evidence), sentence.restates))
        verdict_first = sorted(kept, key=lambda one: VERDICT not in one[1])
        return self._judged(report, sentences, verdict_first)

    def _judged(self, report: Report, sentences: Sequence[Sentence], kept: Sequence[tuple[Claim, list[str]]]) -> Report:
        cut = len(sentences) - len(kept)
        left_out = report.model_copy(update={"dropped": report.dropped + cut})
        share = f"{cut} of {len(sentences)} sentences of the model's"
        if not kept or 3 * cut > len(sentences):
            return _noted(left_out, f"{OWN}: {share} said what the report does not.")
        if not any(VERDICT in restated for _, restated in kept):
            return _noted(left_out, f"{OWN}: the model's left out the verdict.")
        account = left_out.model_copy(update={"summary": [claim for claim, _ in kept], "language": self.tag})
        return _noted(account, f"{share} account were cut: they said more than the report.") if cut else account


def language_for(incident: Incident, configured: str) -> str:
    """The tag of the language that an incident is told in: the configured one, or the one in which a person asked."""
    said = [f"{signal.title} {signal.description}" for signal in incident.signals if signal.source == "person"]
    return configured or (language_of(said[0]) if said else "") or ENGLISH


def _noted(report: Report, note: str) -> Report:
    return report.model_copy(update={"model_notes": [*report.model_notes, note]})
