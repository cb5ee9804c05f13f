"""What changed: rollouts, writes and scaling of a thing or a namespace, newest first."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import cloud
from sre_agent.chat.answers.object_status import stand
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.wording import where
from sre_agent.chat.deeds import Deed, deeds
from sre_agent.chat.lookup_session import data
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence
from sre_agent.entities.lookup import AbsentEntity

DISPLAY_LIMIT: Final = 10
NAMESPACES: Final = 8
FIELDS: Final = 4
# ask for one deed, and not for all that changed
_FORMS: Final = frozenset({"asks-who-did", "a-rollout", "asks-what-was-deployed"})
_NOUNS: Final = {
    "scale": "scalings",
    "restart": "requested restarts",
    "drain": "drains or cordons",
    "deploy": "rollouts",
}


@answers("changes")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    lookups = await talk.names.all_meant(query, namespace)
    if lookups and all(isinstance(one, AbsentEntity) for one in lookups) and _are_plain(query):
        talk.names.unmatched += [mention.name for mention in query.candidates]  # `the pager went off`
        lookups = []
    if unmet := next((one for one in lookups if one.subject is None), None):
        return talk.unmet(query, unmet)
    subjects = [one.subject for one in lookups if one.subject is not None]
    if subjects and cloud.is_cloud(subjects[0]):
        return await cloud.changes(query, talk, subjects[0])
    places = list(dict.fromkeys(s.namespace for s in subjects)) or ([namespace] if namespace else [])
    namespaces = await talk.names.namespaces()
    places = places or [place for place in namespaces if not place.startswith("kube-")][:NAMESPACES]
    arguments = {"since": f"{query.window.start:%Y-%m-%dT%H:%M:%SZ}"} if query.window.start else {}
    changes: list[tuple[dict[str, Any], Evidence]] = []
    for place in places:
        evidence = await talk.lookups.look_up("kubernetes", "kubectl_changes", namespace=place, **arguments)
        if evidence.answer is None:
            return talk.failed(query, evidence)
        changes += [(row, evidence) for row in data(evidence).get("changes", [])]
        talk.lookups.cite(evidence)
    selection = [(row, e) for row, e in changes if not subjects or any(is_change_of(row, s) for s in subjects)]
    selection = [(row, e) for row, e in selection if not query.excludes(_name_of(row))]
    if query.window.end and "compare" not in query.cues:  # compared with a time means up to now
        until = f"{query.window.end:%Y-%m-%dT%H:%M:%SZ}"
        selection = [(row, e) for row, e in selection if str(row["at"]) <= until]
    if query.kinds and all(query.kinds) and not subjects:
        selection = [(row, e) for row, e in selection if str(row["subject"]).partition("/")[0] in query.kinds]
    deed = deeds().get(query.deed) if _FORMS & query.forms or "scaling" in query.cues or query.excluded else None
    if deed is not None and deed.unseen:
        marks = "".join(f"[{line.number}]" for line in talk.lookups.evidence)
        return talk.reply(query, f"That cannot be told: {deed.unseen}. {marks}", outcome="cannot", subjects=subjects)
    selection = [(row, e) for row, e in selection if deed is None or deed.is_told_by(row)]
    selection.sort(key=lambda pair: str(pair[0]["at"]), reverse=True)
    about = ", ".join(s.short for s in subjects) or where(namespace if len(places) != 1 else places[0])
    since = f" since {arguments['since']}" if arguments else ""
    stands = [await _restarts(talk, s) for s in subjects] if "restarts" in query.cues else []
    if not selection:
        marks = "".join(f"[{line.number}]" for line in talk.lookups.evidence)
        nouns = _NOUNS.get(deed.name, "changes") if deed is not None else "changes"
        text = f"No {nouns}{since} are known"
        if deed is not None and "asks-who-did" in query.forms:
            text = f"Nobody did, as far as objects record it: no {nouns}{since} are known"
        text = f"{text} {'of ' if subjects else ''}{about}. {marks}"
        if deed is not None and arguments:
            text += await _latest_before(query, talk, places, subjects, deed)
        return talk.reply(query, "\n".join([*stands, text]), subjects=subjects)
    groups = _group_repeats(selection)
    page = groups[: query.limit or DISPLAY_LIMIT]
    lines = [
        f"{change_line(row)}{times} {talk.lookups.cite(evidence, change_line(row))}" for row, evidence, times in page
    ]
    more = f"\nand {len(groups) - len(page)} earlier ones." if len(groups) > len(page) else ""
    number = f"{len(selection)} {'change' if len(selection) == 1 else 'changes'}"
    head = f"{number}{since} {f'to {about}' if subjects else about}:"
    text = within("\n".join([*stands, head, *lines]) + more)
    return talk.reply(
        query, text, subjects=subjects or _only(selection) or _only(_rollouts(selection)), namespace=places[0]
    )


async def _latest_before(
    query: ChatQuery, talk: AnswerContext, places: list[str], subjects: list[Subject], deed: Deed
) -> str:
    """What was done last, where nothing was done in the time that is asked about; empty for nothing."""
    matches: list[tuple[dict[str, Any], Evidence]] = []
    for place in places:
        evidence = await talk.lookups.look_up("kubernetes", "kubectl_changes", namespace=place)
        matches += [(row, evidence) for row in data(evidence).get("changes", []) if deed.is_told_by(row)]
    matches = [(row, e) for row, e in matches if not query.excludes(_name_of(row))]
    matches = [(row, e) for row, e in matches if row["what"] != "created"] or matches
    matches = [(row, e) for row, e in matches if not subjects or any(is_change_of(row, s) for s in subjects)]
    if not matches:
        return ""
    row, evidence = max(matches, key=lambda pair: str(pair[0]["at"]))
    return f"\nThe latest before that:\n{change_line(row)} {talk.lookups.cite(evidence, change_line(row))}"


def _name_of(row: dict[str, Any]) -> str:
    return str(row["subject"]).rpartition("/")[2]


def _are_plain(query: ChatQuery) -> bool:
    """Whether what it names are words like any other, in a question about a time."""
    return bool(query.window) and all(m.loose and m.name.isalpha() and not m.kind for m in query.candidates)


def _rollouts(selection: list[tuple[dict[str, Any], Evidence]]) -> list[tuple[dict[str, Any], Evidence]]:
    return [(row, evidence) for row, evidence in selection if row["what"] == "rolled_out"]


def _only(selection: list[tuple[dict[str, Any], Evidence]]) -> list[Subject]:
    """The one thing that all changes are of; none where they are of several."""
    names = {str(row["subject"]) for row, _ in selection}
    if len(names) != 1:
        return []
    kind, *namespace, name = names.pop().split("/")
    scope = str(data(selection[0][1]).get("scope", ""))
    return [Subject(scope=scope, kind=kind, namespace="".join(namespace), name=name)]


async def _restarts(talk: AnswerContext, subject: Subject) -> str:
    """How often containers restarted, which the kubelet does by itself."""
    standing = await stand(talk, subject)
    if standing is None or not standing.restarts:
        return f"No container of {subject.short} has restarted."
    mark = talk.lookups.cite(standing.evidence)
    return (
        f"Containers of {subject.short} restarted {standing.restarts} times. The kubelet does that by itself; "
        f"nobody asked for it. {mark}"
    )


def _group_repeats(selection: list[tuple[dict[str, Any], Evidence]]) -> list[tuple[dict[str, Any], Evidence, str]]:
    """What was done again and again by the same hand to the same thing as one, at its latest."""
    counts: dict[str, int] = {}
    first: dict[str, tuple[dict[str, Any], Evidence]] = {}
    for row, evidence in selection:
        key = str({name: value for name, value in row.items() if name != "at"})
        first.setdefault(key, (row, evidence))
        counts[key] = counts.get(key, 0) + 1
    return [(*pair, f" ({counts[key]} times)" if counts[key] > 1 else "") for key, pair in first.items()]


def is_change_of(row: dict[str, Any], subject: Subject) -> bool:
    """Changes of the thing, and of what belongs to it by its name."""
    kind, _, rest = str(row["subject"]).partition("/")
    name = rest.rpartition("/")[2]
    return name == subject.name or (
        name.startswith(f"{subject.name}-") and kind in ("ReplicaSet", "ConfigMap", "Secret")
    )


def change_line(row: dict[str, Any]) -> str:
    fields = [str(f) for f in row.get("fields") or []]
    field_text = ", ".join(fields[:FIELDS]) + (f" and {len(fields) - FIELDS} more" if len(fields) > FIELDS else "")
    by = f" by {row['by']}" if row.get("by") else ""
    what = str(row["what"]).replace("_", " ")
    return f"- {row['at']} {row['subject']} {what}{by}" + (f": {field_text}" if field_text else "")
