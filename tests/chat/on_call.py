"""Questions of people on call over six scenes, most of them after an incident: asked, and judged by what is said.

The questions stand in `on_call_questions`, a file for each scene. They were written before anything was mended for
them; half of them, by the hash of their names, are kept aside.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sre_agent import entrances
from sre_agent.chat import ChatReply
from sre_agent.chat.query import UNKNOWN
from sre_agent.cli.chat import conversation
from sre_agent.cli.drive import drive
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.view import SilentView
from sre_agent.compose import Runtime, open_runtime
from sre_agent.domain.question import ApprovalAnswer
from sre_agent.notify.console import SilentNotifier
from sre_lab.process import LabProcess, start_lab
from sre_lab.remote_clock import LabClock
from tests.chat.world import world
from tests.ground import servers_within
from tests.worlds.situation import WELL_SAID

FOLDER: Final = Path(__file__).with_name("on_call_questions")
MORNING: Final = 1_789_970_400.0  # 06:00 UTC, so that an incident of just now was last night's
LATER: Final = 180  # seconds between the end of the incident and the questions
REJECTED: Final = ("dana", "ask finance first")


@dataclass(frozen=True)
class OnCallQuestion:
    """`ask` are the turns, of which the last is judged. `says` and `never` are patterns of its text. `about` is a name
    that it has to be about. `well`: that something is healthy may be said."""

    scene: str
    name: str
    ask: list[str]
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    about: str = ""
    outcome: str = ""
    well: bool = False

    @property
    def kept_aside(self) -> bool:
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True)
class Judged:
    """`short` is what falls short; empty where the answer is right or of use. `of_use`: a name was not there as it was
    typed, and the one that is meant is offered."""

    question: OnCallQuestion
    reply: ChatReply
    short: tuple[str, ...]
    false_all_clear: bool
    of_use: bool
    about_another: bool


def scenes() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def questions(scene: str) -> tuple[dict[str, Any], list[OnCallQuestion]]:
    file = yaml.safe_load((FOLDER / f"{scene}.yaml").read_text(encoding="utf-8"))
    rows = []
    for name, row in file["questions"].items():
        fields: dict[str, Any] = {
            key: tuple(value) if key in ("says", "never") else value for key, value in row.items()
        }
        rows.append(OnCallQuestion(scene, name, **fields))
    return file, rows


def judge(question: OnCallQuestion, reply: ChatReply) -> Judged:
    text = reply.text
    of_use = bool(question.about) and reply.outcome in ("not_found", "choice") and question.about in str(reply.choices)
    says = () if of_use else question.says
    short = [f"lacks {pattern}" for pattern in says if not re.search(pattern, text, re.I | re.S)]
    short += [f"says {pattern}" for pattern in question.never if re.search(pattern, text, re.I | re.S)]
    short += ["was not understood"] if reply.intent == UNKNOWN and not question.outcome else []
    if question.outcome and reply.outcome != question.outcome:
        short.append(f"{reply.outcome} is not {question.outcome}")
    elsewhere = bool(question.about) and bool(reply.subjects) and question.about not in f"{reply.subjects} {text}"
    short += [f"about {', '.join(reply.subjects)} and not {question.about}"] if elsewhere else []
    clear = not question.well and WELL_SAID.search(text) is not None
    return Judged(question, reply, tuple(short + ["says that it is well"] * clear), clear, of_use, elsewhere)


def asked_in(scene: str, *, aside: bool | None = None) -> list[Judged]:
    """All questions of a scene, or those (not) kept aside, over one lab."""
    file, rows = questions(scene)
    with tempfile.TemporaryDirectory() as name, servers_within():
        folder = Path(name)
        source: str | Path = file["scenario"]
        if source == "shops":
            source = folder / "world.json"
            source.write_text(json.dumps(world()))
        with start_lab(source, follow_wall=False, folder=folder / "lab", at=MORNING) as lab:
            selection = [row for row in rows if aside is None or row.kept_aside is aside]
            return asyncio.run(_ask_all(lab, folder / "state", file.get("approval", ""), selection))


async def _ask_all(lab: LabProcess, folder: Path, approval: str, rows: list[OnCallQuestion]) -> list[Judged]:
    async with AsyncExitStack() as stack:
        settings = lab_settings(lab, folder, rehearsal="off", trace="none")
        opening = open_runtime(settings, clock=LabClock(lab.control), notifier=SilentNotifier())
        runtime = await stack.enter_async_context(opening)
        if approval:
            await _incident(lab, runtime, approval)
            lab.control.advance(LATER)
        return [judge(row, await _last_reply(runtime, row.ask)) for row in rows]


async def _last_reply(runtime: Runtime, turns: list[str]) -> ChatReply:
    talk = conversation(runtime, SilentView(), "ask")
    return [await talk.ask(text) for text in turns][-1]


async def _incident(lab: LabProcess, runtime: Runtime, approval: str) -> None:
    signal = entrances.read(_alarm(lab), received_at=runtime.clock.now())[0]
    incident, _ = await runtime.responder.submit(signal)
    final, _ = await drive(runtime, incident.id, SilentView(), "ask")
    if approval == "reject":
        answer = ApprovalAnswer(choice="reject", comment=REJECTED[1])
        await runtime.responder.decide(final.id, answer, by=REJECTED[0])
        await drive(runtime, incident.id, SilentView(), "never")


def _alarm(lab: LabProcess) -> dict[str, Any]:
    for _ in range(60):
        events = lab.control.alarm_events(lab.endpoints.trigger)
        if alarms := [event for event in events if event["detail"]["state"]["value"] == "ALARM"]:
            return alarms[-1]
        lab.control.advance(5)
    raise AssertionError("the alarm did not go off")


def _lines(results: list[Judged], *, whole: bool) -> Iterator[str]:
    for one in results:
        mark = "ok  " if not one.short else "FAIL"
        yield f"{mark} {one.question.scene}/{one.question.name}: {' | '.join(one.question.ask)}"
        if one.short or whole:
            yield f"       {one.reply.intent}/{one.reply.outcome} {one.reply.subjects} {'; '.join(one.short)}"
            yield "       " + one.reply.text.replace("\n", "\n       ")


def main(arguments: list[str]) -> None:
    """Those worked on, with what was said; of those kept aside only how many are right (`--aside`)."""
    aside, whole = "--aside" in arguments, "--whole" in arguments
    results = [r for scene in scenes() if not (w := [c for c in arguments if c[0] != "-"]) or scene in w
               for r in asked_in(scene, aside=aside)]  # fmt: skip
    if not aside:
        print("\n".join(_lines(results, whole=whole)))
    right, of_use = sum(not r.short for r in results), sum(r.of_use and not r.short for r in results)
    clear, elsewhere = sum(r.false_all_clear for r in results), sum(r.about_another for r in results)
    print(f"{right} of {len(results)}, {of_use} of these of use; false all-clears {clear}; about another {elsewhere}")


if __name__ == "__main__":
    main(sys.argv[1:])
