"""Which field of a workload's template would correct a cause, where its right value is evident, and how that reads.

The values are facts of a server (`offers_correction` in the table); which fields matter for a cause, its class says.
Nothing is guessed here, and nothing is done: a person makes the change.
"""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis.draft import Draft
from sre_agent.domain.diagnosis import FieldCorrection
from sre_agent.failures.formats import brief

CODES: Final = tuple(code for code, entry in OBSERVATIONS.items() if entry.offers_correction)
MOST: Final = 3
VALUE: Final = 120  # characters of a value in a sentence
_SOURCES: Final = {  # the surest first
    "revision": "as revision {of} had",
    "run": "as the last run that succeeded ({of}) had",
    "applied": "as {of} applied it last",
    "near_name": "the only {of} of a near name",
    "declared": "which {of} declares",
    "nodes": "the only value that nodes have",
    "sibling": "as {of} runs",
    "near_host": "which is the registry that {of} runs from",
    "image": "as the image {of} has it",
    "unit": "because m stands for thousandths of a byte",
    "default_tag": "without a tag, which stands for the stable release of {of}",
}
_LACKING: Final = {  # where a field is to go
    "revision": "which revision {of} did not have",
    "run": "which the last run that succeeded ({of}) did not have",
    "applied": "which {of} did not apply",
    "nodes": "which no node has",
    "image": "so that the image {of} starts its own program",
}
_FIELDS: Final = {
    "image": "the image of container {container}",
    "registry": "the image of container {container}",
    "command": "the command of container {container}",
    "args": "the arguments of container {container}",
    "env": "the variable {name} of container {container}",
    "probe": "the {name} of container {container}",
    "port": "the port of the {name} of container {container}",
    "resources": "the {name} of container {container}",
    "node_selector": "the nodeSelector {name}",
    "security": "the {name} of the security context of the pods",
    "pull_secret": "the image pull secret",
    "reference": "the reference to {name} {now}",
}


def corrections(draft: Draft) -> list[FieldCorrection]:
    """Of each field that the class of the cause names the surest value; none where nothing evident was seen."""
    by_field: dict[tuple[str, str, str], FieldCorrection] = {}
    observed_facts = [s for s in draft.view.evidence_set.with_code(*CODES) if s.subject == draft.subject]
    values = [
        FieldCorrection(
            subject=s.subject, evidence=s.evidence, **{k: str(v) for k, v in s.observation.attributes.items()}
        )
        for s in observed_facts
    ]
    for one in sorted(values, key=lambda one: list(_SOURCES).index(one.source)):
        if one.field in draft.kind.corrected_by:
            by_field.setdefault((one.field, one.container, one.name), one)
    return list(by_field.values())[:MOST]


def in_words(change: FieldCorrection, *, with_present: bool = False) -> str:
    """`set the image of container web to shop:1.8.2, as revision 3 had`; with the present value, where that is not part
    of the words already: ` (now it is shop:1.8.3)`."""
    what = _FIELDS[change.field].format(container=change.container, name=change.name, now=change.now)
    of = change.of or "it"
    if not change.value:
        return f"take out {what}, {_LACKING.get(change.source, _SOURCES[change.source]).format(of=of)}"
    present = brief(change.now, VALUE) if with_present and "{now}" not in _FIELDS[change.field] else ""
    right = f"set {what} to {brief(change.value, VALUE)}, {_SOURCES[change.source].format(of=of)}"
    return f"{right} (now it is {present})" if present else right
