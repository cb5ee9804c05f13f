"""What a question selects, as conditions: states, labels, thresholds, times, and what its names narrow it to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.related import AIMED, related
from sre_agent.chat.attributes import ObjectAttribute, attribute, attributes, in_full
from sre_agent.chat.memory import is_out_of_reach
from sre_agent.chat.namespaces import no_namespace
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.states import STATES
from sre_agent.entities.lookup import Lookup, Unmet
from sre_agent.language.mentions import Mention

_TEXTS: Final = ("images", "labels", "annotations")  # of which a part may be said


@dataclass
class Selection:
    """What is selected: conditions, labels, and the same in words."""

    where: list[dict[str, Any]] = field(default_factory=list)
    selector: str = ""
    in_words: list[str] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    of: str = ""


async def asked_for(
    query: ChatQuery, talk: AnswerContext, namespace: str, mentions: Sequence[Mention], kind: str
) -> Selection | Unmet:
    """The conditions of a question on one kind, or why a name in it leads nowhere."""
    selection = Selection(selector=query.selector)
    if query.selector:
        selection.in_words.append(f"with the label {query.selector}")
    for state, negated in query.states:
        if not (state.column == "restarts" and (kind != "Pod" or query.thresholds)):
            selection.where.append(state.condition(negated))
    if query.unhealthy and not query.states:
        selection.where.append(STATES["healthy"].condition(True))
    count_attribute = next(
        (one for one in in_full(query.columns) if one.unit in ("n", "B") and kind in one.kinds), None
    )
    count_attribute = count_attribute or (attribute("size") if kind in attribute("size").kinds else None)
    for side, bound in query.thresholds:
        column = count_attribute.columns(kind)[0] if count_attribute else "restarts" if kind == "Pod" else "replicas"
        selection.where.append({"column": column, side: bound})
        selection.in_words.append(f"with {'more' if side == 'over' else 'fewer'} than {bound} {column}")
    if query.window.start is not None:
        is_past = any(state.column == "words" for state, _ in query.states)  # of a run that is over
        column = "since_restart" if kind == "Pod" and (is_past or "restarts" in query.cues) else "age"
        seconds = int((talk.lookups.now - query.window.start).total_seconds())
        selection.where.append({"column": column, "under": seconds})
        verb = "restarted" if column == "since_restart" else "created"
        selection.in_words.append(f"{verb} since {query.window.start:%Y-%m-%dT%H:%M:%SZ}")
    for one in in_full(query.lacking):
        none = {"under": 1} if one.unit == "n" else {"is": ""}
        selection.where += [{"column": column, **none} for column in one.columns(kind)]
        selection.in_words.append(f"without {one.title}")
    for one in in_full(query.having):
        selection.where.append({"column": one.columns(kind)[0], "is_not": ""})
        selection.in_words.append(f"with {one.title}")
    for name, value, denied in query.conditions:
        selection.where.append({"column": attribute(name).columns(kind)[0], "is_not" if denied else "is": value})
        selection.in_words.append(
            f"with {'another ' if denied else ''}{attribute(name).title} {'than ' * denied}{value}"
        )
    for text in query.texts:
        selection.where.append({"column": "text", "contains": text})
        selection.in_words.append(f'with "{text}" in its declared configuration')
    if query.excluded:
        selection.where.append({"column": "name", "is_not": list(query.excluded)})
        selection.in_words.append(f"besides {' and '.join(query.excluded)}")
    for mention in mentions:
        if (problem := await _narrow(selection, query, talk, namespace, mention, kind, mentions)) is not None:
            return problem
    if query.several and not mentions and (alike := [s for s in talk.memory.subjects if s.kind == kind]):
        selection.subjects += alike
        selection.where.append({"column": "name", "is": [one.name for one in alike]})
        selection.in_words.append(f"of the {len(alike)} above" if len(alike) > 1 else f"of {alike[0].name}")
    elif query.refers in ("last", "other") and not mentions:
        for lookup in await talk.names.all_meant(query, namespace):
            if lookup.subject is None:
                return lookup
            selection.subjects.append(lookup.subject)
            await narrow_by_owner(selection, talk, lookup.subject, kind)
    return selection


async def _narrow(
    selection: Selection,
    query: ChatQuery,
    talk: AnswerContext,
    namespace: str,
    mention: Mention,
    kind: str,
    mentions: Sequence[Mention],
) -> Unmet | None:
    """One name of the question as a condition: an image, a node, an owner, or a text that stands in the object."""
    free = mention.kind != "Node" and mention.place != "on"
    if free and (one := _held_by(query, kind, mention)) is not None:
        selection.where.append({"column": one.columns(kind)[0], "contains" if one.usual else "is": mention.name})
        selection.in_words.append(
            f"with {mention.name} in its {one.title}" if one.usual else f"with {one.title} {mention.name}"
        )
        return None
    node = await _node(mention, talk, namespace)
    if node is not None:
        if node.subject is None:
            return node
        elsewhere = query.negated and not query.lacking and not any(denied for _, denied in query.states)
        selection.where.append({"column": "node", "is_not" if elsewhere else "is": node.subject.name})
        selection.in_words.append(f"on {'another node than' if elsewhere else 'node'} {node.subject.name}")
        return None
    lookup = await talk.names.subject(mention, namespace)
    if lookup.subject is None and len(mentions) > 1 and (mention.loose or _is_plain(mention)):
        return None
    if lookup.subject is None and (
        is_out_of_reach(lookup) or mention.kind or (lookup.choices and mention.place != "in")
    ):
        return lookup
    if lookup.subject is not None:
        selection.subjects.append(lookup.subject)
        await narrow_by_owner(selection, talk, lookup.subject, kind)
        return None
    if (own_attribute := next((one for one in _own(query, kind)), None)) is not None:
        selection.where.append({"column": own_attribute.columns(kind)[0], "contains": mention.name})
        selection.in_words.append(f"with {mention.name} in its {own_attribute.title}")
        return None
    if mention.place == "in":
        return no_namespace(mention.name, await talk.names.namespaces())
    if mention.loose and not mention.is_content:  # a word like any other that is not understood
        talk.names.unmatched.append(mention.name)
        return None
    selection.where.append({"column": "text", "contains": mention.name})
    selection.in_words.append(f"with {mention.name} in its declared configuration")
    return None


async def _node(mention: Mention, talk: AnswerContext, namespace: str) -> Lookup | None:
    """The node that something is on; None where no node is meant: an autoscaler is on what it scales."""
    if mention.kind != "Node" and mention.place != "on":
        return None
    node = await talk.names.subject(replace(mention, kind="Node"))
    is_node = node.subject is not None and node.subject.kind == "Node"  # a workload of that name may be found instead
    if is_node or mention.kind or is_out_of_reach(node):
        return node
    return None if (await talk.names.subject(mention, namespace)).subject is not None else node


def _held_by(query: ChatQuery, kind: str, mention: Mention) -> ObjectAttribute | None:
    """The attribute of which a name is the value: images, labels, or what names a thing of the kind said before it."""
    for one in in_full(query.columns):
        if one.name in _TEXTS and one.columns(kind):
            return one
    if mention.place == "key":
        names = ("keys", "variables")
        return next((attribute(name) for name in names if attribute(name).columns(kind)), None)
    of_kind = [one for one in attributes().values() if mention.kind and one.names == mention.kind and kind in one.kinds]
    return of_kind[0] if len(of_kind) == 1 else None  # of several each may hold it: what uses it is looked up


def _is_plain(mention: Mention) -> bool:
    """Whether it is a word like any other behind a name (`of web permit`), and no value to be looked for."""
    return mention.name.isalpha() and mention.place == "of" and not (mention.kind or mention.exists)


def _own(query: ChatQuery, kind: str) -> list[ObjectAttribute]:
    return [one for one in in_full(query.columns) if not one.usual and one.columns(kind)]


async def narrow_by_owner(selection: Selection, talk: AnswerContext, subject: Subject, kind: str) -> None:
    """What belongs to the subject; where nothing is known to join the kinds, what has its name."""
    aim = await related(talk, subject, kind) if kind != subject.kind else None
    if aim is None:
        selection.where.append({"column": "name", "contains": subject.name})
    else:
        selection.where += aim.where
        selection.selector = ",".join(filter(None, [selection.selector, aim.selector]))
        selection.of = aim.of or selection.of
    joined = f"{AIMED[kind]} {subject.short}" if aim is not None and aim.of else f"of {subject.short}"
    selection.in_words.append(joined if aim is not None else f"with {subject.name} in its name")
