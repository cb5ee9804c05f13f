"""How well a model tells reports: what of its accounts may be told, judged as in production, counted by language.

Nothing that is stored is changed. What the calls took is read off the ledger, whether they were made at once or by a
batch job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.report import Report
from sre_agent.language.grounding import Fault
from sre_agent.language.narrative import GroundedNarrative, Narrative
from sre_agent.model.batch.job import BatchAnswer
from sre_agent.model.costs import Costs, added_up, total
from sre_agent.reports.statements import grounded
from sre_agent.reports.trials import FinishedRunStore, TrialRequest, agent_of, digest_of, untold

Fallback = Literal["", "silent", "dropped"]
REPORT_CHANGED: Final = "The report was written anew after the model was asked."
NO_FORM: Final = "The answer is not in the form that was asked for."


class EvaluationLedger(FinishedRunStore, Protocol):
    """The part of the store that is read."""

    async def model_calls(self, *, incident: str) -> list[ModelCall]: ...


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)


class EvaluatedNarrative(_Part):
    """One account: how many `sentences` it has, how many of them are `statements` of the report, how many of all were
    `accepted`. `faults` counts what was dropped, by reason; `error` says why nothing was written."""

    incident: str
    language: str
    sentences: int = Field(alias="told", default=0)
    statements: int = Field(alias="picked", default=0)
    accepted: int = Field(alias="kept", default=0)
    faults: dict[Fault, int] = Field(alias="cut", default={})
    fell_back: Fallback = ""
    error: str = ""


class Tally(_Part):
    """Accounts of one language, or of all where that is empty. Of the `reports` so many accounts are `used`, so many
    `fell_back` to the report alone, by reason, and so many are `unwritten`. Its `sentences` are `accepted` or
    dropped for one of the `faults`; so many of the accepted ones are `statements` of the report. Tokens of the prompts
    include those of a cache; `dollars` are US dollars."""

    language: str
    reports: int
    used: int
    fell_back: dict[Fallback, int]
    unwritten: int
    sentences: int = Field(alias="told")
    statements: int = Field(alias="picked")
    accepted: int = Field(alias="kept")
    faults: dict[Fault, int] = Field(alias="cut")
    calls: int
    input_tokens: int
    output_tokens: int
    dollars: float


class Example(_Part):
    """A sentence that was dropped, and what it cites."""

    fault: Fault = Field(alias="cut")
    language: str
    incident: str
    sentence: str
    cites: tuple[str, ...]


class Evaluation(_Part):
    run: str
    models: tuple[str, ...]
    languages: tuple[Tally, ...]
    together: Tally
    examples: tuple[Example, ...]
    unwritten: dict[str, int]
    accounts: tuple[EvaluatedNarrative, ...]


async def evaluated(answers: Sequence[BatchAnswer], store: EvaluationLedger) -> Evaluation:
    """What these answers of one run are worth."""
    evaluated_narratives, examples = list[EvaluatedNarrative](), dict[Fault, Example]()
    about = [TrialRequest.model_validate_json(answer.about) for answer in answers]
    run = about[0].run
    calls = await store.model_calls(incident=run)
    for one, answer in zip(about, answers, strict=True):
        account, error = _account(answer, one, await store.report(one.incident))
        evaluated_narratives.append(_evaluate(one, account, error))
        for words in account.words if account else ():
            if words.fault is not None:
                example = Example(fault=words.fault, sentence=words.text, cites=words.cites, **_where(one))
                examples.setdefault(words.fault, example)
    by_agent = {line.of[0]: line for line in added_up(calls, ("agent",))}
    languages = sorted({one.language for one in evaluated_narratives})
    tallies = [
        _tally(tag, [one for one in evaluated_narratives if one.language == tag], by_agent.get(agent_of(tag)))
        for tag in languages
    ]
    return Evaluation(
        run=run,
        models=tuple(dict.fromkeys(call.model for call in calls)),
        languages=tuple(tallies),
        together=_tally("", evaluated_narratives, total(calls)),
        examples=tuple(examples.values()),
        unwritten=dict(Counter(one.error for one in evaluated_narratives if one.error)),
        accounts=tuple(evaluated_narratives),
    )


def _account(answer: BatchAnswer, about: TrialRequest, report: Report | None) -> tuple[GroundedNarrative | None, str]:
    """The account, or why there is none."""
    if answer.error or report is None:
        return None, answer.error or REPORT_CHANGED
    report = untold(report)
    if digest_of(report) != about.digest:
        return None, REPORT_CHANGED
    try:
        return grounded(report, Narrative.model_validate_json(answer.text)), ""
    except ValidationError:
        return None, NO_FORM


def _evaluate(about: TrialRequest, account: GroundedNarrative | None, error: str) -> EvaluatedNarrative:
    if account is None:
        return EvaluatedNarrative(error=error, **_where(about))
    statement_count = len(account.statements)
    accepted_count = statement_count + len(account.grounded_words)
    sentence_count = accepted_count + account.dropped
    return EvaluatedNarrative(
        sentences=sentence_count,
        statements=statement_count,
        accepted=accepted_count,
        faults=account.faults,
        fell_back="" if accepted_count else "dropped" if sentence_count else "silent",
        **_where(about),
    )


def _where(about: TrialRequest) -> dict[str, str]:
    return {"incident": about.incident, "language": about.language}


def _tally(tag: str, evaluated_narratives: Sequence[EvaluatedNarrative], batch_costs: Costs | None) -> Tally:
    cut: Counter[Fault] = Counter()
    for one in evaluated_narratives:
        cut.update(one.faults)
    fell_back = Counter(one.fell_back for one in evaluated_narratives if one.fell_back)
    unwritten = sum(bool(one.error) for one in evaluated_narratives)
    costs = batch_costs or total([])
    return Tally(
        language=tag,
        reports=len(evaluated_narratives),
        used=len(evaluated_narratives) - unwritten - fell_back.total(),
        fell_back=dict(fell_back),
        unwritten=unwritten,
        sentences=sum(one.sentences for one in evaluated_narratives),
        statements=sum(one.statements for one in evaluated_narratives),
        accepted=sum(one.accepted for one in evaluated_narratives),
        faults=dict(cut.most_common()),
        calls=costs.calls,
        input_tokens=costs.input_tokens + costs.cache_read_tokens + costs.cache_write_tokens,
        output_tokens=costs.output_tokens,
        dollars=costs.dollars,
    )
