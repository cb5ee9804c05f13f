"""`sre-agent evaluate`: how well a chat model tells finished incidents, to choose the model for words by."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_agent.cli import exits, model_services
from sre_agent.cli.loading import MODEL
from sre_agent.cli.options import Json, StateDir, WholeProfile
from sre_agent.cli.printing import say, say_json
from sre_agent.errors import BadInputError, NotNowError
from sre_agent.progress import Event
from sre_agent.prompting import SHIPPED
from sre_agent.settings import Settings, load, load_saved

if TYPE_CHECKING:
    from sre_agent.model.batch.job import BatchAnswer, BatchJob
    from sre_agent.reports.evaluation import Evaluation
    from sre_agent.reports.trials import TrialCase
    from sre_agent.store import Store

MEANING = exits.meaning(
    "every summary was written and judged",
    "4 the batch job asked for with --collect is not finished yet",
    "5 some summaries were not written",
    failed="no summary was written, or it could not run",
)
EXAMPLES = f"""
Examples:

  sre-agent evaluate                       the newest 20, with the configured model

  sre-agent evaluate --model openai:gpt-5 --language de --language ja

  sre-agent evaluate --limit 200 --batch   at half the price, later

  sre-agent evaluate --prompts shorter     with another version of the prompts

  sre-agent evaluate --collect JOB         what that job has written

{MEANING}
"""


def evaluate(
    limit: Annotated[int, typer.Option(min=1, help="number of finished incidents, newest first")] = 20,
    language: Annotated[
        list[str] | None,
        typer.Option(help="language as a BCP 47 tag such as de; repeatable; default: the incident's own"),
    ] = None,
    model: Annotated[str | None, typer.Option(help=f"{MODEL}; the configured one for words without it")] = None,
    prompts: Annotated[str, typer.Option(metavar="VERSION", help="version of the prompts to ask with")] = SHIPPED,
    dollars: Annotated[float, typer.Option(min=0, help="budget of the evaluation, on top of the daily one")] = 1.0,
    batch: Annotated[bool, typer.Option("--batch", help="write them with a batch job, at half the price")] = False,
    collect: Annotated[str, typer.Option(metavar="JOB", help="judge the results of a batch job")] = "",
    profile: WholeProfile = "local",
    state_dir: StateDir = None,
    as_json: Json = False,
) -> None:
    """Have a chat model summarize finished incidents, and count what passes the checks. Nothing stored is changed."""
    settings = _settings(profile, state_dir, model)
    if collect:
        raise exits.run(_collect(settings, collect, as_json), ())
    if settings.models.model == "none":
        raise NotNowError(
            "No chat model is configured, so there is none to evaluate. Name one, for example sre-agent evaluate "
            "--model bedrock"
            " (or SRE_AGENT_MODEL)."
        )
    raise exits.run(
        _evaluate(settings, limit, tuple(dict.fromkeys(language or ())), prompts, dollars, batch, as_json), ()
    )


def _settings(profile: str, state_dir: Path | None, model: str | None) -> Settings:
    """What is configured now; the last run's where that names no model. One model alone: what another one would write
    in its place is not its merit."""
    from sre_agent.model.address import BEDROCK, addresses  # noqa: PLC0415 - `--help` needs no price list

    last = load_saved(state_dir, profile)
    settings = load(profile, state_dir=last.state.state_dir, model=model)
    if model not in (None, "none", BEDROCK):
        settings = settings.model_copy(update={"model_small": ()})
    if model is None and settings.models.model == "none":
        settings = last
    small_models = addresses(settings.model_access, "small")
    first = [
        str(one) for one in small_models if (one.provider, one.name) == (small_models[0].provider, small_models[0].name)
    ]
    return settings.model_copy(update={"model_small": tuple(first)})


async def _evaluate(
    settings: Settings, limit: int, tags: Sequence[str], prompts: str, dollars: float, batch: bool, as_json: bool
) -> int:
    from sre_agent.agents.prompt_versions import open_version  # noqa: PLC0415
    from sre_agent.cli.evaluation_view import EvaluationProgress  # noqa: PLC0415 - langchain; `--help` does not need it
    from sre_agent.model.batch.real_time import answers_now  # noqa: PLC0415
    from sre_agent.model.budget import RunBudget, money  # noqa: PLC0415
    from sre_agent.reports.trials import AGENT, requests_of  # noqa: PLC0415

    version = open_version(prompts, settings.prompts.prompt_folder)
    asked_each = settings.model_copy(update={"model_reuse_seconds": 0.0})  # or one answer would count several times
    async with model_services.open_model_services(
        asked_each, RunBudget(dollars, "evaluation's", "--dollars")
    ) as services:
        services.progress.listen(_warn)
        if batch:
            services.batches.address("small")  # says what is missing before anything is read
        cases = await _cases(services.store, settings, limit, tags)
        requests = requests_of(cases, f"{AGENT}-{services.clock.now():%m%d}-{uuid.uuid4().hex[:8]}", version)
        words = f"{_accounts(len(requests))} by {settings.models.model_small[0]}, for {money(dollars)} at most"
        say(f"{words}{', by batch' if batch else ''}.", err=True)
        with EvaluationProgress(len(requests)) as progress:
            if not batch:
                answers = await answers_now(requests, "small", services.models, progress.on_event)
            else:
                job = await services.batches.submit(requests, "small", progress.on_event)
                if not job.ended:
                    return _submission(job, as_json)
                say(job.statement, err=True)
                answers = await services.batches.collect(job.id, AGENT)
        return await _show_evaluation(services.store, settings, answers, as_json)


async def _collect(settings: Settings, job: str, as_json: bool) -> int:
    from sre_agent.language.narrative import Narrative  # noqa: PLC0415
    from sre_agent.reports.trials import AGENT  # noqa: PLC0415

    async with model_services.open_model_services(settings) as services:
        answers = await model_services.collect_batch(services.batches, job, AGENT, Narrative)
        return exits.WAITING if answers is None else await _show_evaluation(services.store, settings, answers, as_json)


async def _cases(store: Store, settings: Settings, limit: int, tags: Sequence[str]) -> list[TrialCase]:
    from sre_agent.language.lexicon import is_language_tag  # noqa: PLC0415
    from sre_agent.reports.trials import choose_reports  # noqa: PLC0415

    for tag in tags:
        if not is_language_tag(tag):
            raise BadInputError(f"--language {tag!r} is not a language tag. Give a BCP 47 tag such as de or pt-BR.")
    cases = await choose_reports(store, limit, tags, settings.reports.language)
    if not cases:
        raise NotNowError(
            f"No incident in {settings.state_access.place} has finished with a report. Start one with:"
            " sre-agent investigate …"
        )
    return cases


async def _show_evaluation(store: Store, settings: Settings, answers: Sequence[BatchAnswer], as_json: bool) -> int:
    from sre_agent.cli.evaluation_view import show  # noqa: PLC0415
    from sre_agent.reports.evaluation import evaluated  # noqa: PLC0415

    evaluation = await evaluated(answers, store)
    if as_json:
        say_json(evaluation.model_dump_json(indent=2))
    else:
        show(evaluation)
    return of(evaluation)


def of(evaluation: Evaluation) -> int:
    """The exit status of an evaluation."""
    whole = evaluation.together
    if whole.unwritten == whole.reports:
        return exits.FAILED
    return exits.UNANSWERED if whole.unwritten else exits.OK


def _submission(job: BatchJob, as_json: bool) -> int:
    later = f"sre-agent evaluate --collect {job.id}"
    if as_json:
        say_json({"job": job.id, "model": job.model, "requests": len(job.lines), "collect": later})
    else:
        say(f"The batch job {job.id} is writing {_accounts(len(job.lines))}. When it has finished: {later}")
    return exits.OK


def _accounts(number: int) -> str:
    return f"{number} {'summary' if number == 1 else 'summaries'}"


def _warn(event: Event) -> None:
    if event.kind == "warning":
        say(event.data["text"], err=True)
