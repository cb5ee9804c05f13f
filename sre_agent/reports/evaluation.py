"""How well a model writes accounts: of finished reports, judged as in production, counted by language.

Nothing that is stored is changed. What the calls took is read off the ledger, whether they were made at once or by a
batch job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.report import Report
from sre_agent.grounds import language
from sre_agent.model.batch.job import BatchAnswer
from sre_agent.model.costs import Costs, added_up, total
from sre_agent.reports.account import Account, Cut, Fallback, Told, judged
from sre_agent.reports.trials import About, Finished, agent_of, digest_of, untold

CHANGED: Final = "The report was written anew after the model was asked."
NO_FORM: Final = "The answer is not in the form that was asked for."


class Ledger(Finished, Protocol):
    """The part of the store that is read."""

    async def model_calls(self, *, incident: str) -> list[ModelCall]: ...


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Written(_Part):
    """One account. `cut` counts its sentences that do not stand, by reason; `error` says why nothing was written."""

    incident: str
    language: str
    told: int = 0
    kept: int = 0
    cut: dict[Cut, int] = {}
    fell_back: Fallback = ""
    error: str = ""


class Tally(_Part):
    """Accounts of one language, or of all where that is empty. Of the `reports` so many accounts are `used`, so many
    `fell_back` to the responder's own words, by reason, and so many are `unwritten`. Sentences `told` are `kept` or
    `cut`, by reason. Tokens of the prompts include those of a cache; `dollars` are US dollars."""

    language: str
    reports: int
    used: int
    fell_back: dict[Fallback, int]
    unwritten: int
    told: int
    kept: int
    cut: dict[Cut, int]
    calls: int
    input_tokens: int
    output_tokens: int
    dollars: float


class Example(_Part):
    """A sentence that was cut, and what it said to retell."""

    cut: Cut
    language: str
    incident: str
    sentence: str
    restates: tuple[str, ...]


class Evaluation(_Part):
    run: str
    models: tuple[str, ...]
    languages: tuple[Tally, ...]
    together: Tally
    examples: tuple[Example, ...]
    unwritten: dict[str, int]
    accounts: tuple[Written, ...]


async def evaluated(answers: Sequence[BatchAnswer], store: Ledger, titles: Collection[str]) -> Evaluation:
    """What these answers of one run are worth. `titles` are those of all failure classes."""
    written, examples = list[Written](), dict[Cut, Example]()
    about = [About.model_validate_json(answer.about) for answer in answers]
    run = about[0].run
    calls = await store.model_calls(incident=run)
    for one, answer in zip(about, answers, strict=True):
        account, error = _account(answer, one, await store.report(one.incident), titles)
        written.append(_written(one, account, error))
        for sentence in account.sentences if account else ():
            if sentence.cut is not None:
                example = Example(cut=sentence.cut, sentence=sentence.text, restates=sentence.restates, **_where(one))
                examples.setdefault(sentence.cut, example)
    by_agent = {line.of[0]: line for line in added_up(calls, ("agent",))}
    spoken = sorted({one.language for one in written})
    tallies = [
        _tally(tag, [one for one in written if one.language == tag], by_agent.get(agent_of(tag))) for tag in spoken
    ]
    return Evaluation(
        run=run,
        models=tuple(dict.fromkeys(call.model for call in calls)),
        languages=tuple(tallies),
        together=_tally("", written, total(calls)),
        examples=tuple(examples.values()),
        unwritten=dict(Counter(one.error for one in written if one.error)),
        accounts=tuple(written),
    )


def _account(
    answer: BatchAnswer, about: About, report: Report | None, titles: Collection[str]
) -> tuple[Account | None, str]:
    """The account, or why there is none."""
    spoken = language(about.language)
    if answer.error or report is None or spoken is None:
        return None, answer.error or CHANGED
    report = untold(report)
    if digest_of(report) != about.digest:
        return None, CHANGED
    try:
        return judged(report, Told.model_validate_json(answer.text), spoken, titles), ""
    except ValidationError:
        return None, NO_FORM


def _written(about: About, account: Account | None, error: str) -> Written:
    if account is None:
        return Written(error=error, **_where(about))
    return Written(
        told=len(account.sentences),
        kept=len(account.stands),
        cut=dict(Counter(one.cut for one in account.sentences if one.cut is not None)),
        fell_back=account.fell_back,
        **_where(about),
    )


def _where(about: About) -> dict[str, str]:
    return {"incident": about.incident, "language": about.language}


def _tally(tag: str, written: Sequence[Written], took: Costs | None) -> Tally:
    cut: Counter[Cut] = Counter()
    for one in written:
        cut.update(one.cut)
    fell_back = Counter(one.fell_back for one in written if one.fell_back)
    unwritten = sum(bool(one.error) for one in written)
    costs = took or total([])
    return Tally(
        language=tag,
        reports=len(written),
        used=len(written) - unwritten - fell_back.total(),
        fell_back=dict(fell_back),
        unwritten=unwritten,
        told=sum(one.told for one in written),
        kept=sum(one.kept for one in written),
        cut=dict(cut.most_common()),
        calls=costs.calls,
        input_tokens=costs.input_tokens + costs.cache_read_tokens + costs.cache_write_tokens,
        output_tokens=costs.output_tokens,
        dollars=costs.dollars,
    )
