"""`sre-agent prompts`: which version of the prompts incidents are asked with, a trial of another, and the way back."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.help_text import examples
from sre_agent.cli.options import Json, StateDir, WholeProfile
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.view import operator
from sre_agent.clock import SystemClock
from sre_agent.errors import BadInputError, NotNowError
from sre_agent.prompting import SHIPPED
from sre_agent.settings import Settings, load

if TYPE_CHECKING:
    from sre_agent.domain.prompt_release import PromptRelease
    from sre_agent.reports.prompt_trial import PromptFigures
    from sre_agent.store import Store

DONE = exits.meaning("done")
COMPARED = exits.meaning(
    "the version on trial is not worse", "3 it is worse", "5 too few incidents of one of the two to say"
)
app = typer.Typer(
    help="List, try, compare and withdraw versions of the prompts.",
    epilog=DONE,
    no_args_is_help=True,
    rich_markup_mode=None,
)
Why = Annotated[str, typer.Option(help="why; the list shows it")]
Limit = Annotated[int, typer.Option(min=1, help="number of incidents to look at, newest first")]
T = TypeVar("T")


@app.command("list", epilog=examples("prompts list", "prompts list --json", meaning=DONE))
def list_(state_dir: StateDir = None, profile: WholeProfile = "local", as_json: Json = False) -> None:
    """List the versions, how many of the new incidents get each, and what was released before."""
    from sre_agent.agents.prompt_versions import version_names  # noqa: PLC0415 - langchain; `--help` needs none

    settings = load(profile, state_dir=state_dir)
    releases = _with_store(settings, lambda store: store.prompt_releases())
    names, present = version_names(settings.prompts.prompt_folder), _present(releases)
    if as_json:
        shares = {name: _share(present, name) for name in names}
        say_json({"versions": shares, "releases": [one.model_dump(mode="json") for one in releases]})
        return
    tables.show(console(), ("version", "of new incidents"), [(name, f"{_share(present, name):.0%}") for name in names])
    for one in releases:
        say(f"{one.at:%Y-%m-%d %H:%M:%S} {one.by}: {_sentence(one)}{f' ({one.why})' if one.why else ''}")


@app.command(epilog=examples("prompts use shorter --share 10", "prompts use shorter", meaning=DONE))
def use(
    version: Annotated[str, typer.Argument(help="the version, as `prompts list` names it")],
    share: Annotated[
        float | None, typer.Option(min=0, max=100, help="percent of new incidents, as a trial; all without it")
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="for all incidents without a trial that speaks for it")
    ] = False,
    why: Why = "",
    limit: Limit = 500,
    state_dir: StateDir = None,
    profile: WholeProfile = "local",
) -> None:
    """Use this version for new incidents: for some as a trial, or all once the trial shows that it is not worse.

    Open incidents keep the version that they were opened with.
    """
    settings = load(profile, state_dir=state_dir)
    _check(version, settings)
    releases = _with_store(settings, lambda store: store.prompt_releases())
    present = _present(releases)
    if share is not None:
        if version == present.version:
            raise BadInputError(f"{version} is already used for all incidents outside trials: there is nothing to try.")
        update = {"trial": version, "share": share / 100}
    else:
        if not anyway and version not in (SHIPPED, present.version):
            _ask_the_gate(settings, version, present.version, limit)
        update = {"version": version, "trial": "", "share": 0.0}
    _release(settings, present.model_copy(update=update), why)
    say("Back with: sre-agent prompts rollback")


@app.command(epilog=examples("prompts rollback --why 'asks too much'", meaning=DONE))
def rollback(why: Why = "", state_dir: StateDir = None, profile: WholeProfile = "local") -> None:
    """End the trial; without one, return to the version before the present one."""
    from sre_agent.domain.prompt_release import version_before  # noqa: PLC0415

    settings = load(profile, state_dir=state_dir)
    releases = _with_store(settings, lambda store: store.prompt_releases())
    present = _present(releases)
    if present.trial:
        _release(settings, present.model_copy(update={"trial": "", "share": 0.0}), why)
        return
    if (earlier := version_before(releases)) is None:
        raise NotNowError(f"All incidents get {present.version}, and there is no version before it to return to.")
    _check(earlier, settings)
    _release(settings, present.model_copy(update={"version": earlier}), why)


@app.command(epilog=examples("prompts compare", "prompts compare shorter shipped --json", meaning=COMPARED))
def compare(
    trial: Annotated[str, typer.Argument(help="the version to judge; the one on trial without it")] = "",
    base: Annotated[str, typer.Argument(help="what it is compared with; the present version without it")] = "",
    limit: Limit = 500,
    state_dir: StateDir = None,
    profile: WholeProfile = "local",
    as_json: Json = False,
) -> None:
    """Compare the outcomes of incidents under two versions."""
    settings = load(profile, state_dir=state_dir)
    present = _present(_with_store(settings, lambda store: store.prompt_releases()))
    if not (trial := trial or present.trial):
        raise BadInputError("No version is on trial. Name the one to judge: sre-agent prompts compare VERSION")
    both, against = _figures_of(settings, trial, base or present.version, limit)
    enough = all(one.enough for one in both)
    if as_json:
        say_json({"versions": [one.model_dump() for one in both], "enough": enough, "objections": against})
    else:
        rows = [_row(one) for one in both]
        tables.show(console(), ("version", "incidents", "conclusive", "wrong and sure", "$ each"), rows, numbers=4)
        for line in against:
            say(f"Worse: {line}.")
        if not enough:
            say(_too_few())
    raise typer.Exit(exits.ESCALATED if against else exits.OK if enough else exits.UNANSWERED)


def _ask_the_gate(settings: Settings, version: str, base: str, limit: int) -> None:
    """Raises NotNowError where the trial does not speak for it."""
    both, against = _figures_of(settings, version, base, limit)
    reasons = [f"{line}." for line in against] or ([] if all(one.enough for one in both) else [_too_few()])
    if reasons:
        how = f"Try it first: sre-agent prompts use {version} --share 10; or say --anyway"
        raise NotNowError(f"{version} is not used for all incidents. {' '.join(reasons)} {how}")


def _figures_of(settings: Settings, trial: str, base: str, limit: int) -> tuple[list[PromptFigures], list[str]]:
    from sre_agent.reports.prompt_trial import PromptFigures, figures, objections  # noqa: PLC0415

    by_version = _with_store(settings, lambda store: figures(store, limit))
    both = [by_version.get(name, PromptFigures(version=name)) for name in (trial, base)]
    return both, list(objections(*both)) if all(one.incidents for one in both) else []


def _too_few() -> str:
    from sre_agent.reports.prompt_trial import LEAST_INCIDENTS  # noqa: PLC0415

    return f"Of each version {LEAST_INCIDENTS} finished incidents are needed to say whether one is worse."


def _check(version: str, settings: Settings) -> None:
    """Raises SettingsError: it is not there, or a prompt of it cannot be rendered."""
    from sre_agent.agents.prompt_versions import open_version, rendered  # noqa: PLC0415
    from sre_agent.agents.roster import roster  # noqa: PLC0415
    from sre_agent.failures import load as load_catalogue  # noqa: PLC0415

    catalogue = load_catalogue(settings.knowledge.failure_folders)
    rendered(open_version(version, settings.prompts.prompt_folder), roster().values(), catalogue)


def _release(settings: Settings, release: PromptRelease, why: str) -> None:
    own = {"id": uuid.uuid4().hex, "at": SystemClock().now(), "why": why[:300]}
    new_release = release.model_copy(update={**own, "by": operator(settings.approvals.operator)})
    _with_store(settings, lambda store: store.keep_prompt_release(new_release))
    say(f"From now on {_sentence(new_release)}.")


def _present(releases: list[PromptRelease]) -> PromptRelease:
    from sre_agent.domain.prompt_release import PromptRelease as Release  # noqa: PLC0415

    return releases[0] if releases else Release(id="", at=SystemClock().now())


def _share(release: PromptRelease, version: str) -> float:
    rest = 1 - release.share if release.trial else 1.0
    return release.share * (version == release.trial) + rest * (version == release.version)


def _sentence(release: PromptRelease) -> str:
    trial = f", and {release.share:.0%} of them {release.trial} as a trial" if release.trial else ""
    return f"new incidents get {release.version}{trial}"


def _row(one: PromptFigures) -> tuple[str, ...]:
    conclusive = f"{one.share(one.conclusive):.0%}"
    return one.version, str(one.incidents), conclusive, str(one.wrong_and_sure), f"{one.dollars_each:.4f}"


def _with_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    from sre_agent.slots import open_store  # noqa: PLC0415 - `--help` needs no store

    async def working() -> T:
        store = open_store(settings.state_access)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(working())
