"""A finished report retold by a chat model for who is on call, in their language.

The model reads the report's sentences under their numbers and says for each of its own which of them it retells. What
it says beyond them is cut. The report's own words stand whatever comes of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from langchain_core.messages import HumanMessage

from sre_agent.domain.finding import Claim
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.errors import ModelUnavailableError
from sre_agent.grounds import Language, language, language_of, languages
from sre_agent.grounds.languages import ENGLISH
from sre_agent.model import Models
from sre_agent.model.batch.job import BatchRequest
from sre_agent.model.reasons import because
from sre_agent.prompting import fence, prompt
from sre_agent.reports.account import Account, Told, judged
from sre_agent.reports.sheet import sheet

AGENT: Final = "report"
PROMPT: Final = "words"
TRIES: Final = 2  # calls for one account, failed ones too
OWN: Final = "The account is in the responder's own words"


@dataclass(frozen=True)
class Author:
    """`tag` is the language to write in. `titles` are those of all failure classes: each stands for a cause."""

    models: Models
    tag: str
    titles: Collection[str] = ()
    most: int = TRIES

    async def retold(self, report: Report) -> Report:
        """The report with a summary, or with a note why it has none. Raises nothing of a model that fails."""
        spoken = language(self.tag)
        if spoken is None:
            return _noted(report, f"{OWN}: {unchecked(self.tag)}")
        try:
            told = await self._asked(report, spoken)
        except ModelUnavailableError as problem:
            return _noted(report, because(OWN, problem))
        return self._with(report, judged(report, told, spoken, self.titles), spoken)

    async def _asked(self, report: Report, spoken: Language) -> Told:
        request = request_of(report, self.tag, spoken)
        reply = await self.models.ask(
            "small",
            request.whole,
            schema=Told,
            incident=request.incident,
            agent=request.agent,
            prompt=request.prompt,
            most=self.most,
        )
        if not isinstance(reply.parsed, Told):
            raise ModelUnavailableError("The model wrote no account.", reason="malformed")
        return reply.parsed

    def _with(self, report: Report, account: Account, spoken: Language) -> Report:
        """The sentences that hold; none of them when too many do not, or when the verdict is not among them."""
        cut = account.cut
        left_out = report.model_copy(update={"dropped": report.dropped + cut})
        share = f"{cut} of {len(account.sentences)} sentences of the model's"
        match account.fell_back:
            case "silent":
                return _noted(report, f"{OWN}: the model had nothing to say.")
            case "language":
                return _noted(report, f"{OWN}: the model wrote in another language than {spoken.name}.")
            case "cut":
                return _noted(left_out, f"{OWN}: {share} said what the report does not.")
            case "verdict":
                return _noted(left_out, f"{OWN}: the model's left out the verdict.")
        summary = [Claim(text=one.text, evidence=list(one.evidence)) for one in account.stands]
        told = left_out.model_copy(update={"summary": summary, "language": self.tag})
        return _noted(told, f"{share} account were cut: they said more than the report.") if cut else told


def request_of(report: Report, tag: str, spoken: Language, **named: str) -> BatchRequest:
    """What the model is asked for, now or by batch; `named` are other names of a request than a report's own."""
    words = prompt(PROMPT)
    lines = "\n".join(f"{one.id} {one.part}: {' '.join(one.text.split())}" for one in sheet(report))
    asked = f"The incident ended {report.status}. Write in {spoken.name} ({tag}).\n\n{fence('report', lines)}"
    return BatchRequest(
        system=words.text,
        messages=[HumanMessage(asked)],
        prompt=words.label,
        schema=Told,
        most=TRIES,
        **{"id": report.incident, "incident": report.incident, "agent": AGENT, **named},
    )


def unchecked(tag: str) -> str:
    """Why there is no account in this language."""
    return f"an account in {tag} could not be checked. There are: {', '.join(languages())}."


def language_for(incident: Incident, configured: str) -> str:
    """The tag of the language that an incident is told in: the configured one, or the one in which a person asked."""
    said = [f"{signal.title} {signal.description}" for signal in incident.signals if signal.source == "person"]
    return configured or (language_of(said[0]) if said else "") or ENGLISH


def _noted(report: Report, note: str) -> Report:
    return report.model_copy(update={"model_notes": [*report.model_notes, note]})
