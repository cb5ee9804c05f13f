"""What a sentence may be checked against, as text: a call with its answer, a signal, a write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.domain.action import Remediation
from sre_agent.domain.finding import Evidence
from sre_agent.domain.signal import Signal
from sre_agent.language import echoes
from sre_agent.language.source import EvidenceText


def of_call(item: Evidence) -> EvidenceText:
    """What was asked, the answer, and the facts in it. What a model asked for is not among them."""
    if item.by_model:
        return _of_a_model(item)
    header = [f"{item.server} {item.tool}", _flat(item.arguments), item.asked_at.isoformat()]
    if item.answer is None:
        return EvidenceText("\n".join([*header, item.error]))
    body = item.answer.model_dump(mode="json", exclude={"text"})
    return EvidenceText("\n".join([*header, item.answer.text, _flat(body), *_ends(item)]), _shorts(item.answer))


def _of_a_model(item: Evidence) -> EvidenceText:
    """The answer without what is no more than the question."""
    header = [f"{item.server} {item.tool}", item.asked_at.isoformat()]
    without_echo = echoes.unechoed(item)
    if without_echo.answer is None or item.answer is None:
        return EvidenceText("\n".join([*header, without_echo.error]))
    fact_text = echoes.facts(item.answer, echoes.argument_texts(item.arguments))
    shorts = [one for one in _shorts(item.answer) if one in fact_text]
    return EvidenceText("\n".join([*header, without_echo.answer.text, fact_text, *_ends(item)]), shorts)


def _ends(item: Evidence) -> Iterator[str]:
    """When the periods of metrics end that the facts say something about: a period is told by its start and its end."""
    for observation in item.answer.observations if item.answer and item.period else []:
        if OBSERVATIONS[observation.code].by_period and observation.at is not None and item.period is not None:
            yield (observation.at + item.period).isoformat()


def of_signal(signal: Signal) -> EvidenceText:
    return EvidenceText(_flat(signal.model_dump(mode="json")))


def of_write(write: Remediation) -> EvidenceText:
    """The call with its outcome; its arguments name the target."""
    arguments = write.call.arguments
    parts = [str(arguments[key]) for key in ("kind", "namespace", "name") if arguments.get(key)]
    return EvidenceText(_flat(write.model_dump(mode="json")), ["/".join(parts)])


def _flat(value: Any) -> str:
    """Every key and value of nested data on a line of its own."""
    if isinstance(value, dict):
        return "\n".join(f"{key} {_flat(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "\n".join(_flat(inner) for inner in value)
    return str(value)


def _shorts(answer: Answer) -> list[str]:
    subjects = [observation.subject for observation in answer.observations]
    for relation in answer.relations:
        subjects += [relation.source, relation.target]
    return list({subject.short for subject in subjects})
