"""`sre-agent sweep`: the health of a cluster or a namespace, as causes with their symptoms; for people and for cron."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from sre_agent.cli import exits
from sre_agent.cli.view import console
from sre_agent.domain.sweep import Sweep, Trouble
from sre_agent.progress import Event
from sre_agent.settings import Settings, load, save

MEANING = "Exit status: 0 nothing is wrong, 3 something is, 5 nothing is wrong in what could be seen, 1 could not look."
BLIND = 5  # nothing was found, and not everything could be seen
SYMPTOMS = 6  # that a table shows of one trouble

EXAMPLES = f"""
Examples:

  sre-agent sweep                     the cluster of the present kubeconfig context

  sre-agent sweep shop --json         one namespace, as JSON for a scheduled job

  sre-agent sweep --hygiene           also what is unwise but not broken

{MEANING}
"""


def sweep(
    namespace: Annotated[str, typer.Argument(help="namespace; the whole cluster without it")] = "",
    hygiene: Annotated[bool, typer.Option("--hygiene", help="also what is unwise but not broken")] = False,
    profile: Annotated[str, typer.Option(help="settings profile: aws, or a TOML file")] = "aws",
    kubeconfig: Annotated[str | None, typer.Option(help="path of a kubeconfig")] = None,
    context: Annotated[str | None, typer.Option(help="context in the kubeconfig")] = None,
    state_dir: Annotated[Path | None, typer.Option(help="folder where the last sweep is kept")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Look over a cluster: what is wrong, one line a cause, and what is new since the last look."""
    settings = load(profile, kubeconfig=kubeconfig, kube_context=context, state_dir=state_dir)
    raise exits.run(_sweep(settings, namespace, hygiene, as_json))


async def _sweep(settings: Settings, namespace: str, hygiene: bool, as_json: bool) -> int:
    from sre_agent.compose import open_workshop  # noqa: PLC0415 - langgraph takes 0.6 s; `--help` does not need it
    from sre_agent.notify.console import SilentNotifier  # noqa: PLC0415

    save(settings)
    out = console()
    async with open_workshop(settings, notifier=SilentNotifier()) as workshop:
        kept = settings.state_dir / "sweeps" / f"{_file_name(settings.kube_context, namespace)}.json"
        with out.status("looking over the cluster ...") as status:
            if not as_json and out.is_terminal:
                workshop.progress.listen(lambda event: status.update(_progress(event)))
            found = await workshop.sweeper.sweep(namespace, hygiene=hygiene, before=before(kept))
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    kept.write_text(found.model_dump_json(indent=1))
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        show(found)
    return of(found)


def of(found: Sweep) -> int:
    """The exit status of a sweep."""
    if found.troubles:
        return exits.ESCALATED
    return BLIND if found.gaps else exits.OK


def before(kept: Path) -> Sweep | None:
    """The sweep before this one; None for the first, and for a file that an older version wrote."""
    try:
        return Sweep.model_validate_json(kept.read_text())
    except (OSError, ValidationError):
        return None


def show(found: Sweep) -> None:
    """A table of the troubles, and beside it what is gone, unwise and unseen."""
    out = console()
    out.print(escape(found.statement.split("\n")[0]))
    if found.troubles:
        table = Table("", "on", "what", "explains", "sure", show_lines=True)
        for trouble in found.troubles:
            table.add_row(*_row(trouble))
        out.print(table)
    for title, lines in (
        ("Gone since the last sweep", found.gone),
        ("Unwise", found.hygiene),
        ("Not seen", found.gaps),
    ):
        if lines:
            out.print(f"\n{title}:")
            for line in lines:
                out.print(escape(f"  {line}"))
    out.print(f"\n{found.calls} calls, {found.looked_at}", style="dim")


def _row(trouble: Trouble) -> tuple[str, str, str, str, str]:
    shown = trouble.symptoms[:SYMPTOMS]
    more = [f"and {len(trouble.symptoms) - SYMPTOMS} more"] if len(trouble.symptoms) > SYMPTOMS else []
    sure = f"{trouble.confidence:.0%}" if trouble.verdict == "cause" else "cause open"
    new = "[bold red]new[/]" if trouble.new else ""
    what = f"{trouble.failure_class}: {trouble.statement}" if trouble.failure_class else trouble.statement
    return new, escape(trouble.subject.short), escape(what), escape("\n".join([*shown, *more])), sure


def _progress(event: Event) -> str:
    return f"{event.name} ..." if event.kind == "call.started" else "looking over the cluster ..."


def _file_name(context: str | None, namespace: str) -> str:
    return re.sub(r"[^\w.-]+", "_", f"{context or 'current'}--{namespace or 'all'}")
