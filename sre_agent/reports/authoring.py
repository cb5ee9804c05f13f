"""The head of a finished report, arranged by a chat model for who is on call, with words of its own in their language.

The model reads the report's statements under their numbers. It picks those that matter most, and the report shows them
as they stand; what it adds in its own words is shown apart, as not verified. The report stands whatever comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from langchain_core.messages import HumanMessage

from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.errors import ModelUnavailableError
from sre_agent.language.lexicon import ENGLISH, language_name, language_of
from sre_agent.language.narrative import Narrative
from sre_agent.model import Models
from sre_agent.model.batch.job import BatchRequest
from sre_agent.model.reasons import because
from sre_agent.prompting import AS_SHIPPED, PromptVersion, fence, prompt
from sre_agent.reports.statements import claims_of, grounded, statements_of

AGENT: Final = "report"
PROMPT: Final = "words"
TRIES: Final = 2  # calls for one account, failed ones too
OWN: Final = "The summary is in the responder's own words"


@dataclass(frozen=True)
class Author:
    """`tag` is the language to write in."""

    models: Models
    tag: str
    most: int = TRIES
    prompts: PromptVersion = AS_SHIPPED

    async def retold(self, report: Report) -> Report:
        """The report with a summary and words, or with a note why it has none. Raises nothing of a model that fails."""
        request = request_of(report, self.tag, self.prompts)
        try:
            reply = await self.models.ask(
                "small",
                request.whole,
                schema=Narrative,
                incident=request.incident,
                agent=request.agent,
                prompt=request.prompt,
                most=self.most,
            )
        except ModelUnavailableError as problem:
            return _with_note(report, because(OWN, problem))
        if not isinstance(reply.parsed, Narrative):
            return _with_note(report, f"{OWN}: what the model wrote could not be read.")
        return self._with(report, reply.parsed)

    def _with(self, report: Report, account: Narrative) -> Report:
        grounded_narrative = grounded(report, account)
        summary, words = claims_of(report, grounded_narrative)
        update = {"summary": summary, "words": words, "language": self.tag if words else ""}
        changed = report.model_copy(
            update={**update, "sentences_dropped": report.sentences_dropped + grounded_narrative.dropped}
        )
        if not grounded_narrative.words and not grounded_narrative.statements:
            return _with_note(changed, f"{OWN}: the model had nothing to say.")
        return _with_note(changed, grounded_narrative.note) if grounded_narrative.dropped else changed


def request_of(report: Report, tag: str, prompts: PromptVersion = AS_SHIPPED, **labels: str) -> BatchRequest:
    """What the model is asked for, now or by batch; `labels` are other names of a request than a report's own."""
    words = prompt(PROMPT, prompts)
    lines = "\n".join(one.line for one in statements_of(report))
    request_text = (
        f"The incident ended {report.status}. Write in {language_name(tag)} ({tag}).\n\n{fence('report', lines)}"
    )
    return BatchRequest(
        system=words.text,
        messages=[HumanMessage(request_text)],
        prompt=words.label,
        schema=Narrative,
        most=TRIES,
        **{"id": report.incident, "incident": report.incident, "agent": AGENT, **labels},
    )


def language_for(incident: Incident, configured: str) -> str:
    """The tag of the language that an incident is told in: the configured one, or the one in which a person asked."""
    texts = [f"{signal.title} {signal.description}" for signal in incident.signals if signal.source == "person"]
    return configured or (language_of(texts[0]) if texts else "") or ENGLISH


def _with_note(report: Report, note: str) -> Report:
    return report.model_copy(update={"model_notes": [*report.model_notes, note]})
