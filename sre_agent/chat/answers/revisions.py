"""The revisions of a workload: what each one runs, which is in use, and to which it can go back.

Asked for as a history, as `the version before`, and by who wonders whether a rollback is possible.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answer_to, answers
from sre_agent.chat.answers.related import workload_of
from sre_agent.chat.lookup_session import data, enumeration, plain
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

REVISIONED: Final = ("Deployment", "StatefulSet", "DaemonSet")
DISPLAY_LIMIT: Final = 8
CHANGES: Final = 3  # that are told of one revision


@answers("revisions")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    _, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    owners = [await workload_of(talk, subject) for subject in subjects]
    if not any(one.kind in REVISIONED for one in owners):  # of anything else only the changes on record are known
        return await answer_to("changes")(replace(query, intent="changes", columns=()), talk)
    return talk.reply(query, within("\n".join([await history(talk, one) for one in owners])), subjects=owners)


async def history(talk: AnswerContext, subject: Subject) -> str:
    """Its revisions, the newest first, and how it goes back to an earlier one."""
    if subject.kind not in REVISIONED:
        return f"{subject.short} keeps no revisions: only Deployments, StatefulSets and DaemonSets do."
    lines, evidence = await revision_lines(talk, subject)
    mark = talk.lookups.cite(evidence, subject.name)
    if evidence.answer is None:
        return f"The revisions of {subject.short} could not be read: {plain(evidence.error)} {mark}"
    revisions: list[dict[str, Any]] = data(evidence).get("revisions") or []
    if not revisions:
        return f"{subject.short} has no revision on record, so there is none that it could go back to. {mark}"
    more = [f"and {len(revisions) - DISPLAY_LIMIT} earlier ones."] if len(revisions) > DISPLAY_LIMIT else []
    number = "1 revision" if len(revisions) == 1 else f"{len(revisions)} revisions"
    return "\n".join([f"{subject.short} has {number}: {mark}", *lines, *more, way_back(subject, revisions)])


async def revision_lines(talk: AnswerContext, subject: Subject) -> tuple[list[str], Evidence]:
    """A line for each of its revisions, the newest first; none where they cannot be read."""
    evidence = await talk.lookups.look_up(
        "kubernetes", "kubectl_rollout_history", namespace=subject.namespace, name=subject.name, kind=subject.kind
    )
    revisions: list[dict[str, Any]] = data(evidence).get("revisions") or []
    return [_line(one, is_current=one is revisions[0]) for one in revisions[:DISPLAY_LIMIT]], evidence


def _line(revision: dict[str, Any], *, is_current: bool) -> str:
    cells = [f"image {revision['image']}"] if revision.get("image") else []
    cells += [f"made {revision['made']}"] if revision.get("made") else []
    cells += [f"{revision['ready']} ready pods"] if is_current or revision.get("ready") else []
    changes = [str(one) for one in revision.get("changes") or []]
    cells += [f"changed: {'; '.join(changes[:CHANGES])}"] if changes else []
    cells += [f"because of {revision['cause']}"] if revision.get("cause") else []
    return f"- revision {revision['revision']}{' (in use)' if is_current else ''}: {', '.join(cells)}"


def way_back(subject: Subject, revisions: list[dict[str, Any]]) -> str:
    """The command by which it goes back, or that there is nothing to go back to. `revisions`, the newest first."""
    earlier = [one for one in revisions[1:] if one.get("revision") and not one.get("ambiguous")]
    if not earlier:
        return "There is no earlier revision that it could go back to."
    numbers = enumeration([str(one["revision"]) for one in earlier], DISPLAY_LIMIT)
    command = f"kubectl rollout undo {subject.kind.lower()}/{subject.name} -n {subject.namespace}"
    return f"It can go back to revision {numbers}: {command} --to-revision={earlier[0]['revision']}"
