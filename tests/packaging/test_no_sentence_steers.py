"""No sentence steers the program: what a message says may be reworded without another branch being taken.

Text is written where people read it (RENDERING) and read where it comes from others (FOREIGN). Everywhere else code
decides by types and codes.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import pytest

from tests.packaging.sentences import comparisons, files

ROOT: Final = Path(__file__).parents[2]
RENDERING: Final = ("sre_agent/cli/", "sre_agent/reports/", "sre_agent/chat/")
FOREIGN: Final = (
    "mcp_servers/kubernetes/observe/",  # what the cluster's components write into events and conditions
    "mcp_servers/kubernetes/snapshot/",
    "mcp_servers/cloudwatch/observe/",  # what AWS writes into its events
    "mcp_servers/signals/",  # log lines
    "mcp_servers/redaction/",  # any text, for the secrets in it
    "sre_agent/toolbox/readers/",  # errors of servers that are not ours become kinds here
    "sre_agent/language/",  # a person's words, and a model's
    "sre_agent/git/",  # the files of a repository
    "sre_agent/entities/sentence.py",  # the sentence that a person wrote
)
EXCEPTIONS: Final = {
    ("mcp_servers/kubernetes/tools/coverage_gaps.py", "_why"): "shortens the API server's own sentence, for people",
    ("mcp_servers/prometheus/connection/client.py", "_refusal"): "Prometheus gives a parse error no type of its own",
    ("sre_agent/model/bedrock.py", "outcome"): "Bedrock gives a missing right and a broken stream no code of their own",
    ("sre_agent/model/bedrock_advice.py", "advice"): "Bedrock's sentence alone says what is wrong with a model's id",
    ("sre_agent/model/faults.py", "of_status"): "providers give a prompt that is too long no code of its own",
    ("sre_agent/model/langchain.py", "open_model"): "LangChain names the missing package in its sentence alone",
}


@functools.cache
def steering_places() -> dict[tuple[str, str], list[int]]:
    """The lines by file and function."""
    places: dict[tuple[str, str], list[int]] = {}
    for file in files(ROOT / "sre_agent", ROOT / "mcp_servers"):
        name = file.relative_to(ROOT).as_posix()
        if not name.startswith(RENDERING + FOREIGN):
            for place in comparisons(file.read_text(encoding="utf-8")):
                places.setdefault((name, place.function), []).append(place.line)
    return places


def test_no_code_decides_by_the_words_of_a_message() -> None:
    wrong = {place: lines for place, lines in steering_places().items() if place not in EXCEPTIONS}
    assert not wrong, "branch on a type or a code (Refusal.kind, Refusal.code, the types of entities.lookup) instead"


def test_no_exception_outlives_its_reason() -> None:
    assert set(EXCEPTIONS) <= set(steering_places()), (
        "take it out of EXCEPTIONS: nothing there reads a message any more"
    )


@pytest.mark.parametrize(
    "body",
    [
        'return "(expired)" in str(problem)',
        'return found.problem == "several"',
        'return evidence.error.lower().startswith("[denied]")',
        'return found.error.partition("]")[0]',
        "return WORDS.search(coverage.detail)",
        "return re.search(PATTERN, answer.text)",
        'return [gap for gap in state.gaps if gap.startswith("[")]',
        "return any(word in claim.text for word in CALM)",
        'text = refusal.wrong.strip()\n    return text.endswith("permit.")',
        'return f"{problem}: {why}" in ("a: b", "c: d")',
        'return evidence.error in KNOWN',
        'match error.detail:\n        case "no such tool.":\n            return 1',
        'return inner(problem)\n\ndef inner(anything):\n    return "stale" in anything',
    ],
)  # fmt: skip
def test_a_comparison_with_words_is_seen(body: str) -> None:
    assert comparisons(f"def decide(problem, state, found, evidence):\n    {body}\n")


@pytest.mark.parametrize(
    "body",
    [
        'return refusal.kind == "denied" and refusal.code in LASTING',
        "return evidence.refusal is not None and bool(evidence.error)",
        'return evidence.error != ""',
        "return claim.text in known",
        "return [one.text for one in against if one.text not in texts]",
        'return observation.code.startswith("log.")',
        'return " ".join(str(problem).split())',
        'return name.endswith("-web")',
        'return state["outcome"] == "done"',
    ],
)
def test_types_codes_and_messages_among_themselves_are_no_such_comparison(body: str) -> None:
    assert not comparisons(f"def decide(refusal, evidence, name, state, known):\n    {body}\n")
