"""What may be done about a cause: the class's remedies that fit this case, the safest first, as calls to preview."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis import names as naming
from sre_agent.diagnosis.correction_calls import alone, call_of
from sre_agent.diagnosis.corrections import in_words
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.requirements import excluding, lacking, nothing_shows
from sre_agent.diagnosis.texts import TextProblem, Texts
from sre_agent.diagnosis.topology import Topology
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.action import Call, SkippedRemedy
from sre_agent.domain.base import Noun
from sre_agent.domain.diagnosis import FieldCorrection, Hypothesis
from sre_agent.domain.finding import Evidence
from sre_agent.failures import Catalogue, FailureClass
from sre_agent.failures.model import Remedy, Requirement

REMEDIES_TAG: Final = "sre-agent:remedies"  # of a runbook: the names of the remedies that it does


class Option(Noun):
    """One remedy, ready to be previewed. Nothing is allowed by it. `without_precedent`: nothing shows that what it
    makes of its target ever ran."""

    name: str
    failure_class: str
    call: Call
    subject: Subject
    purpose: str
    reversible: bool
    confidence: float
    without_precedent: bool = False

    @property
    def key(self) -> str:
        """The remedy and what it is about: the same remedy may serve two causes."""
        return f"{self.name} for {self.failure_class} {self.subject.short}"

    @property
    def namespace(self) -> str:
        """Where it acts: of a remedy for something without a namespace, that of the workload it changes."""
        return str(self.call.arguments.get("namespace") or self.subject.namespace)


class _SkippedError(Exception):
    """Why a remedy does not fit this case."""


def options(
    catalogue: Catalogue, hypothesis: Hypothesis, evidence: Sequence[Evidence]
) -> tuple[list[Option], list[SkippedRemedy]]:
    """The remedies of a believed cause that fit, in their order, and why each of the others does not."""
    kind = catalogue[hypothesis.failure_class]
    evidence_set = EvidenceSet(evidence)
    view = SubjectView(evidence_set, Topology(evidence_set), hypothesis.subject)
    options: list[Option] = []
    skipped: list[SkippedRemedy] = []
    for remedy in kind.remedies:
        try:
            options.append(_option(remedy, kind, view, hypothesis.confidence))
        except _SkippedError as reason:
            skipped.append(SkippedRemedy(remedy=remedy.name, why=f"{reason}."))
    options += _of_corrections(hypothesis, {option.call.digest for option in options})
    if not options and kind.unfixable_note:
        skipped += _by_hand(kind, view)
        skipped.append(SkippedRemedy(why=kind.unfixable_note, owner=kind.owner))
    return options, skipped


def _by_hand(kind: FailureClass, view: SubjectView) -> Iterator[SkippedRemedy]:
    """The changes that fit this case; one whose facts were not seen does not."""
    texts = Texts(view, naming.names(view, _supporting(kind, view), kind))
    for change in kind.by_hand:
        try:
            if texts.holds(change):
                purpose = naming.sentence(str(texts.fill(change.purpose)))
                command = [str(word) for word in texts.fill(change.command)]
                read = str(texts.fill(change.input))
                yield SkippedRemedy(why=purpose, command=command, input=read, owner=kind.owner)
        except TextProblem:
            continue


def _of_corrections(hypothesis: Hypothesis, known_calls: Collection[str]) -> list[Option]:
    """The fields whose right value is evident, each as one write, without those calls."""
    by_call: dict[str, tuple[Call, FieldCorrection]] = {}
    for change in alone(hypothesis.corrections):
        if (call := call_of(change)) is not None:
            by_call.setdefault(call.digest, (call, change))
    return [
        Option(
            name=f"{call.tool} {change.field} {change.container} {change.name}".strip(),
            failure_class=hypothesis.failure_class,
            call=call,
            subject=hypothesis.subject,
            purpose=f"Correct {hypothesis.subject.short}: {in_words(change, with_present=True)}",
            reversible=True,
            confidence=hypothesis.confidence,
            without_precedent=change.without_precedent,
        )
        for digest, (call, change) in by_call.items()
        if digest not in known_calls
    ]


def does(tags: Mapping[str, str], remedy: Remedy, kind: FailureClass) -> bool:
    """Whether a runbook with these tags does this remedy of the class. One that is tagged for the class and names no
    remedy does the only one of the class that a runbook can do."""
    if not remedy.runbook_tag or remedy.runbook_tag not in {word for one in tags.values() for word in str(one).split()}:
        return False
    if REMEDIES_TAG in tags:
        return remedy.name in str(tags[REMEDIES_TAG]).split()
    return sum(bool(one.runbook_tag) for one in kind.remedies) == 1


def _option(remedy: Remedy, kind: FailureClass, view: SubjectView, confidence: float) -> Option:
    kinds = remedy.subject_kinds or kind.subject_kinds
    if view.subject.kind not in kinds:
        raise _SkippedError(f"it can be applied to {', '.join(kinds)}, not to {view.subject.short}")
    if unfit := _unfit(remedy.requires, view):
        raise _SkippedError(f"{unfit} ({view.subject.short})")
    values = naming.names(view, _supporting(kind, view), kind)
    texts = Texts(view, values)
    try:
        if remedy.runbook_tag:
            values["runbook"] = _runbook(remedy, kind, view.evidence_set)
            values["parameters"] = _parameters(remedy, values, texts)
        arguments = texts.fill(remedy.arguments)
        purpose = naming.sentence(str(texts.fill(remedy.purpose)))
    except TextProblem as problem:
        raise _SkippedError(f"it cannot be written down, because a fact is missing ({problem.why})") from problem
    return Option(
        name=remedy.name,
        failure_class=kind.name,
        call=Call(server=remedy.server, tool=remedy.tool, arguments=arguments),
        subject=view.subject,
        purpose=purpose,
        reversible=remedy.reversible,
        confidence=confidence,
        without_precedent=remedy.without_precedent,
    )


def _unfit(requires: Requirement, view: SubjectView) -> str:
    """Why the remedy is not for this case, in words; empty when it is."""
    if missing := lacking(requires, view):
        return nothing_shows(missing)
    in_the_way = excluding(requires, view)
    return f"it does not help while {in_the_way}" if in_the_way else ""


def _supporting(kind: FailureClass, view: SubjectView) -> list[ObservedFact]:
    return [observed_fact for rule in kind.supports for observed_fact in view.matching(rule)]


def _runbook(remedy: Remedy, kind: FailureClass, evidence_set: EvidenceSet) -> dict[str, Any]:
    """The best runbook that is tagged for the failure class and for this remedy, as the runbook server described it."""
    rows = [row for row in _runbooks(evidence_set.evidence) if does(row.get("tags") or {}, remedy, kind)]
    if not rows:
        raise _SkippedError(f"no runbook is tagged for {remedy.runbook_tag} and the remedy {remedy.name}")
    return max(rows, key=lambda row: float(row.get("score") or 0))


def _runbooks(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for item in evidence:
        data = item.answer.data if item.answer else {}
        one = data.get("runbook")
        rows += [row for row in [*data.get("runbooks", []), *([one] if one else [])] if isinstance(row, dict)]
    return [row for row in rows if row.get("name")]


def _parameters(remedy: Remedy, values: dict[str, Any], texts: Texts) -> dict[str, list[str]]:
    """Those of the class's parameters that the runbook declares and that have a value here, as lists of text."""
    parameters = values["runbook"].get("parameters") or []
    by_name = {p["name"]: p for p in parameters if isinstance(p, dict) and "name" in p}
    values_by_name = {name: texts.fill(text) for name, text in remedy.parameters.items() if name in by_name}
    arguments = {name: [str(value)] for name, value in values_by_name.items() if value not in ("", None)}
    unsaid = [n for n, p in by_name.items() if n not in arguments and p.get("required", "default" not in p)]
    if unsaid:
        name = values["runbook"]["name"]
        raise _SkippedError(f"runbook {name} needs {', '.join(unsaid)}, which nothing here says")
    return arguments
