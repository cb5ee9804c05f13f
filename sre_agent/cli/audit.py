"""`sre-agent audit`: whether the record is as it was written, the record as JSON lines, and its signed head."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_agent.cli import exits
from sre_agent.cli.help_text import examples
from sre_agent.cli.loading import open_offline_runtime
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.errors import BadInputError
from sre_agent.settings import Settings, at_hand

if TYPE_CHECKING:
    from sre_agent.compose import OfflineRuntime
    from sre_agent.domain.record import RecordEntry, RecordHead
    from sre_agent.record.checking import RecordCheck

CHECKED = exits.meaning("the record is as it was written", "3 something was changed, removed or cut off")
DONE = exits.meaning("done")
PAGE = 1000
app = typer.Typer(
    help="Check, export and anchor the record of everything that happened.",
    epilog=CHECKED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
Heads = Annotated[
    list[Path] | None, typer.Option("--head", help="a signed head that you kept elsewhere (audit head), repeatable")
]
Key = Annotated[
    list[str] | None,
    typer.Option("--key", help="trust this public key alone (base64), repeatable; default: the store's"),
]


@app.command(epilog=examples("audit verify", "audit verify --head kept-elsewhere.json", meaning=CHECKED))
def verify(
    head: Heads = None, key: Key = None, state_dir: StateDir = None, profile: Profile = "local", as_json: Json = False
) -> None:
    """Check that no entry was changed, removed, moved or put in, and that the end was not cut off."""

    async def work(records: OfflineRuntime) -> int:
        from sre_agent.record.checking import check  # noqa: PLC0415 - cryptography

        anchors = [_head(path) for path in head or []] + await records.store.heads_apart()
        outcome = await check(records.store, key or await records.store.record_keys(), anchors)
        if as_json:
            say_json(_json(outcome))
        else:
            _tell(outcome, pinned=bool(key))
        return exits.OK if outcome.holds else exits.ESCALATED

    _with_records(at_hand(state_dir, profile), work)


@app.command(epilog=examples("audit export > record.jsonl", "audit export --incident inc-1121-d69ce219", meaning=DONE))
def export(
    incident: Annotated[str | None, typer.Option(help="only this incident's entries")] = None,
    after: Annotated[int, typer.Option(help="only entries after this one")] = 0,
    state_dir: StateDir = None,
    profile: Profile = "local",
) -> None:
    """Print the record as JSON lines, oldest first: number, digest of the entry before, digest, event."""

    async def work(records: OfflineRuntime) -> int:
        about = (await records.responder.incident(incident)).id if incident else None
        last = after
        while entries := await records.store.entries(about, after=last, limit=PAGE):
            for entry in entries:
                say_json(json.dumps(_line(entry), ensure_ascii=False))
            last = entries[-1].seq
        return exits.OK

    _with_records(at_hand(state_dir, profile), work)


@app.command(epilog=examples("audit head > kept-elsewhere.json", meaning=DONE))
def head(state_dir: StateDir = None, profile: Profile = "local") -> None:
    """Sign the end of the record now and print it. Kept elsewhere, it shows later whether the end was cut off."""

    async def work(records: OfflineRuntime) -> int:
        signed = await records.store.sign_head()
        if signed is None:
            say("Nothing was recorded yet.", err=True)
            return exits.OK
        say_json(signed.model_dump(mode="json"))
        return exits.OK

    _with_records(at_hand(state_dir, profile), work)


def _line(entry: RecordEntry) -> dict[str, object]:
    return {"seq": entry.seq, "previous": entry.previous, "digest": entry.digest, "event": json.loads(entry.body)}


def _tell(outcome: RecordCheck, *, pinned: bool) -> None:
    for fault in outcome.faults:
        say(f"- {fault}")
    counts = f"{outcome.entries} entries, {outcome.removed} removed by retention, {outcome.heads} signed heads"
    say(f"{counts}, {outcome.evidence} answers of calls compared.")
    if not outcome.holds:
        say("The record is not as it was written.")
        return
    signed = f" Signed until {outcome.until:%Y-%m-%d %H:%M:%S} UTC." if outcome.until else " No head is signed yet."
    say(f"The record is as it was written.{signed}")
    if not pinned:
        say("The key is the store's own: who can read it can write another record (see --key, --head).")


def _json(outcome: RecordCheck) -> dict[str, object]:
    until = outcome.until.isoformat() if outcome.until else None
    counts = {name: getattr(outcome, name) for name in ("entries", "removed", "heads", "evidence")}
    return {"holds": outcome.holds, **counts, "signed_until": until, "faults": outcome.faults}


def _head(path: Path) -> RecordHead:
    from sre_agent.domain.record import RecordHead  # noqa: PLC0415

    try:
        return RecordHead.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadInputError(f"The head cannot be read: {problem}") from problem
    except ValueError as problem:
        raise BadInputError(f"{path} is no signed head of the record: {problem}") from problem


def _with_records(settings: Settings, work: Callable[[OfflineRuntime], Awaitable[int]]) -> None:
    async def run() -> int:
        async with open_offline_runtime(settings) as records:
            return await work(records)

    raise exits.run(run())
