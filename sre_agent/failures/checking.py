"""What can be said about a class file before any case of it comes: whether its texts name only what there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.failures.formats import FORMATS
from sre_agent.failures.model import FIND_RUNBOOKS, RUNBOOKS_AGENT, Condition, FailureClass
from sre_agent.failures.sentences import ReferencePart, of_parts, of_tests, placeholders, reference, texts_in

OF_A_SUBJECT: Final = frozenset(Subject.model_fields) | {name for name in vars(Subject) if not name.startswith("_")}
OF_EACH: Final = frozenset({"on", "seen_on", "elsewhere", "at", "excerpt"})  # whatever was observed
SUBJECTS: Final = frozenset({"subject", "caller"})
FACTS: Final = frozenset({"holder"})
# What a text may name besides observations and the class's own facts; `diagnosis.names` says what each is.
VALUES: Final = (
    SUBJECTS
    | FACTS
    | {"pods", "pods_text", "its_pods", "pods_or_subject", "callers", "affected", "its_callers", "last_error"}
    | {"leads", "start", "end", "left_brace"}
    | {"replicas_for_the_load", "replicas_for_the_queue", "replicas_for_the_retries"}
    | {"enough_capacity", "enough_reads", "enough_writes", "enough_storage"}
)
OF_RUNBOOKS: Final = {"runbook": frozenset({"name", "version"}), "parameters": frozenset[str]()}


def attributes(code: str) -> frozenset[str]:
    """What an observation of that code may carry."""
    return frozenset(OBSERVATIONS[code].attributes)


def mistakes(entry: FailureClass) -> Iterator[str]:
    """What is wrong with a class, each as `field: what`."""
    if not (entry.remedies or entry.corrected_by or (entry.owner and entry.unfixable_note)):
        yield "remedies: there is none, so say who acts (owner) and what they have to do (unfixable_note)"
    for kind in entry.subject_kinds:
        if not entry.recovery_of(kind):
            yield f"recovered_when: nothing would show that a {kind} has recovered"
    for where, text in _texts(entry):
        if any(sign in text for sign in ("{{", "{%")):
            yield f"{where}: {text!r} is a Jinja template; write plain {{placeholders}}, see failures/sentences.py"
            continue
        yield from (f"{where}: {what}" for name in placeholders(text) for what in _of_reference(name, entry, where))
    for where, name in _condition_references(entry):
        yield from (f"{where}: {what}" for what in _of_reference(name, entry, where))
    if any(sign in entry.title for sign in ("{{", "{%", "{subject")):
        yield "title: it is told as it stands, so it can have no placeholder"
    for name in sorted(set(entry.facts) & VALUES):
        yield f"facts: {name!r} is the name of a value that every text may use"
    for condition in (*entry.conditions(), *entry.named_conditions()):
        for name in sorted(set(condition.where) - attributes(condition.observation)):
            yield f"where: {condition.observation} has no attribute {name!r}, so it would never match"


def unanswerable(classes: Iterable[FailureClass], tools: Mapping[str, Collection[str]]) -> Iterator[str]:
    """A sentence for each question whose specialist (the keys of `tools`) is not there or has no such tool."""
    for entry in classes:
        for question in entry.follow_up:
            if question.agent not in tools:
                there = ", ".join(tools)
                yield entry.fault(
                    f"question {question.tool}", f"there is no specialist {question.agent!r}, but {there}"
                )
            elif question.tool not in tools[question.agent]:
                there = ", ".join(tools[question.agent])
                yield entry.fault(
                    "follow_up", f"the specialist {question.agent} has no tool {question.tool!r}, but {there}"
                )
        searches = any(remedy.runbook_tag for remedy in entry.remedies)
        if searches and FIND_RUNBOOKS not in tools.get(RUNBOOKS_AGENT, ()):
            yield entry.fault("remedies", f"no specialist {RUNBOOKS_AGENT!r} has the tool {FIND_RUNBOOKS!r}")


def _texts(entry: FailureClass) -> Iterator[tuple[str, str]]:
    """Every text with placeholders, and where it stands."""
    yield from (("statement", text) for texts, _ in of_parts(entry.statement) for text in texts)
    for question in entry.follow_up:
        yield from (("follow_up", text) for text in texts_in(question.arguments))
    for remedy in entry.remedies:
        parts: list[Any] = [remedy.arguments, remedy.parameters, remedy.purpose]
        yield from (("remedies", text) for text in texts_in(parts))
    for change in entry.by_hand:
        yield from (("by_hand", text) for text in texts_in([change.purpose, change.command, change.input]))


def _condition_references(entry: FailureClass) -> Iterator[tuple[str, str]]:
    """Every reference of a condition, and where it stands."""
    yield from (("statement", name) for _, names in of_parts(entry.statement) for name in names)
    yield from (("follow_up", name) for question in entry.follow_up for name in of_tests(question))
    yield from (("by_hand", name) for change in entry.by_hand for name in of_tests(change))


def _of_reference(text: str, entry: FailureClass, where: str) -> Iterator[str]:
    text_reference = reference(text)
    if text_reference.format and text_reference.format not in FORMATS:
        yield f"there is no format {text_reference.format!r}; there are {', '.join(FORMATS)}"
    for name in text_reference.names:
        yield from _of_name(name, entry, where)


def _of_name(name: ReferencePart, entry: FailureClass, where: str) -> Iterator[str]:
    first = name.path[0] if name.path else ""
    if name.head in OF_RUNBOOKS and where == "remedies":
        if first and first not in OF_RUNBOOKS[name.head]:
            yield f"{name.head} has no {first!r}"
    elif name.head in SUBJECTS:
        if first and first not in OF_A_SUBJECT:
            yield f"a subject has no {first!r}"
    elif codes := _codes(name.head, entry):
        if first and not any(first in attributes(code) | OF_EACH for code in codes):
            yield f"{' or '.join(codes)} has no attribute {first!r}"
        elif len(name.path) > 1 and (first != "on" or name.path[1] not in OF_A_SUBJECT):
            yield f"{'.'.join(name.path)} is nothing that {' or '.join(codes)} has"
    elif name.head not in VALUES:
        yield f"there is no {'.'.join((name.head, *name.path))!r}: no observation, fact or value has that name"
    elif first:
        yield f"{name.head} has no {first!r}"


def _codes(head: str, entry: FailureClass) -> list[str]:
    """The observations that a name may stand for; none for what is no observation."""
    if head in FACTS:
        return ["workload.holds_most"]
    sources: list[str | Condition] = list(entry.facts.get(head, [])) or ([head] if head in OBSERVATIONS else [])
    return [source if isinstance(source, str) else source.observation for source in sources]
