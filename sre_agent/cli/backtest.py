"""`sre-agent backtest`: what the responder would have made of the alarms of the last weeks. It only reads."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.loading import open_runtime
from sre_agent.cli.options import (
    AwsEndpoint,
    AwsProfile,
    AwsRegion,
    Json,
    Kubeconfig,
    KubeContext,
    PrometheusUrl,
    StateDir,
    WholeProfile,
    options_of,
    settings_of,
)
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.readiness import ensure_ready
from sre_agent.cli.view import SilentView
from sre_agent.domain.base import IncidentId
from sre_agent.domain.report import Report
from sre_agent.errors import BadInputError
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from sre_agent.backtest.history import AlarmHistory
    from sre_agent.backtest.result import BacktestResult
    from sre_agent.compose import Runtime

OF_ITS_OWN: dict[
    str, Any
] = {  # settings of a backtest: it keeps nothing where incidents are kept, and reads no more than then
    **{"store": "sqlite", "queue": "sqlite", "checkpoint": "sqlite", "permit_keys": "folder", "used_permits": "sqlite"},
    **{"writes": False, "model": "none", "memory_days": 0.0, "past_only": True, "rehearsal": "off"},
    **{"notify": ("console",), "guardian_seconds": 0.0},
}
EXAMPLES = f"""
Examples:

  sre-agent backtest                          the alarms of the last 90 days, as far back as they exist

  sre-agent backtest --days 14 --most 50      fewer of them, which takes less time and fewer calls

  sre-agent backtest --export incidents.json  also the incidents of a PagerDuty export

  sre-agent backtest --json

{exits.LISTED}
"""


def backtest(
    invocation: typer.Context,
    days: Annotated[float, typer.Option(min=0.1, max=365, help="how far back; CloudWatch holds 30 days")] = 90.0,
    most: Annotated[int, typer.Option(min=1, max=2000, help="alarms that are looked at, the newest")] = 200,
    export: Annotated[Path | None, typer.Option(help="incidents as PagerDuty's API lists them, as JSON")] = None,
    profile: WholeProfile = "local",
    kubeconfig: Kubeconfig = None,
    context: KubeContext = None,
    aws_endpoint_url: AwsEndpoint = None,
    aws_region: AwsRegion = None,
    aws_profile: AwsProfile = None,
    prometheus_url: PrometheusUrl = None,
    state_dir: StateDir = None,
    as_json: Json = False,
) -> None:
    """Investigate past alarms again, with the logs and metrics that still exist. Nothing is changed or stored."""
    settings = ensure_ready(settings_of(invocation, profile), options_of(backtest))
    payload = _read(export) if export is not None else None
    raise exits.run(_backtest(settings, days, most, payload, as_json), ())


async def _backtest(settings: Settings, days: float, most: int, export: Any, as_json: bool) -> int:
    from sre_agent.backtest.clock import PastClock  # noqa: PLC0415 - the engine, which `--help` does not need
    from sre_agent.backtest.result import result_of  # noqa: PLC0415
    from sre_agent.backtest.running import BacktestRun  # noqa: PLC0415
    from sre_agent.cli.drive import drive  # noqa: PLC0415

    until = datetime.now(UTC)
    since, out = until - timedelta(days=days), console()
    each = await _dollars_each(settings)
    with tempfile.TemporaryDirectory(prefix="sre-agent-backtest-") as folder:
        own = settings.model_copy(update={**OF_ITS_OWN, "state_dir": Path(folder) / "state"})
        clock = PastClock(since)
        async with open_runtime(own, clock=clock) as runtime:
            with out.status("reading the history of alarms ...") as status:
                history = await _history(runtime, since, until, export)

                async def follow(incident: IncidentId) -> Report | None:
                    _, report = await drive(runtime, incident, SilentView(), "never")
                    return report

                run = BacktestRun(
                    clock,
                    runtime.alarms,
                    follow,
                    lambda number, of: status.update(f"{number} of {of} alarms"),
                )
                left_out = await run.take(history.signals, most)
    result = result_of(
        run.reports,
        run.dispositions,
        since=since,
        until=until,
        left_out=left_out,
        dollars_each=each,
        gaps=list(dict.fromkeys(history.gaps)),
    )
    say_json(result.model_dump(mode="json")) if as_json else _show(result)
    return exits.OK


async def _history(runtime: Runtime, since: datetime, until: datetime, export: Any) -> AlarmHistory:
    from sre_agent.backtest import history  # noqa: PLC0415

    past = await history.of_cloudwatch(runtime.toolbox, since)
    past = past.plus(await history.of_prometheus(runtime.toolbox, since, until))
    return past if export is None else past.plus(history.of_pagerduty(export, since))


async def _dollars_each(settings: Settings) -> float | None:
    """What chat models cost in an incident here so far, by the ledger; None where none was asked."""
    from sre_agent.slots import open_store  # noqa: PLC0415 - `--help` needs no store

    if settings.state.is_on_this_machine and not settings.state.state_dir.exists():
        return None
    store = open_store(settings.state_access)
    try:
        calls = [call for call in await store.model_calls() if call.incident]
    finally:
        await store.close()
    incidents = {call.incident for call in calls}
    return sum(call.dollars for call in calls) / len(incidents) if incidents else None


def _read(export: Path) -> Any:
    try:
        return json.loads(export.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadInputError(f"The export {export} cannot be read: {problem}") from problem


def _show(result: BacktestResult) -> None:
    quiet = sum(result.quiet.values())
    detail = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in result.quiet.items())
    say(f"{result.alarms} alarms fired between {result.since:%Y-%m-%d} and {result.until:%Y-%m-%d}.")
    say(f"Quiet: {quiet}{f' ({detail})' if detail else ''}, and {result.well} incidents with nothing to do.")
    bounds = f"{result.at_least:.0%} to {result.at_most:.0%}"
    say(f"Answered: {result.answer_count} of {result.incidents} incidents ({bounds} with 95 % certainty).")
    say(f"Left to a person: {result.unanswered}.")
    dollars = "no chat model has been asked here" if result.dollars is None else f"${result.dollars:.2f} of chat models"
    say(f"Cost: {result.tool_calls} calls; {dollars}.")
    if result.left_out:
        say(f"Not looked at: the {result.left_out} oldest alarms. --most takes more.")
    if result.by_class:
        rows = [
            (row.failure_class, str(row.incidents), f"{row.share:.0%}", f"{row.at_least:.0%} to {row.at_most:.0%}")
            for row in result.by_class
        ]
        tables.show(console(), ("class", "incidents", "share", "95 % interval"), rows, numbers=3)
    for gap in result.gaps:
        say(f"Not read: {gap}", err=True)
