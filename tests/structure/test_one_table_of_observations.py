"""A code is quoted in the table of observations, by what extracts it, and in the data of failure classes.

Whatever else follows from a code is an attribute of its record. The few places that name a code all the same, because
they read the attributes of that one observation, stand here with their reason.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.structure.quoted_codes import quotes

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = "mcp_servers/contract/observations/"
EXTRACTORS: Final = ("/observe/", "mcp_servers/signals/", "sre_agent/toolbox/readers/")

MADE: Final = "the tool makes this observation itself, or one of these"
FOLLOWS: Final = "the tool looks closer because of this one observation"
LEFT_OUT: Final = "what one answer leaves out, because its columns say it already"
FORMULA: Final = "a formula over the numbers of this one observation"
WEIGHED: Final = "reads attributes of this one observation; no other has them"
PLACES: Final = {
    ("mcp_servers/cloudwatch/tools/alarms.py", "Alarms"): LEFT_OUT,
    ("mcp_servers/cloudwatch/tools/analyses.py", "CloudWatchAnalyses"): FOLLOWS,
    ("mcp_servers/cloudwatch/tools/log_search.py", "LogSearch"): MADE,
    ("mcp_servers/cloudwatch/tools/log_summaries.py", "_change"): MADE,
    ("mcp_servers/cloudwatch/tools/log_summaries.py", "_observations"): MADE,
    ("mcp_servers/cloudwatch/tools/logs.py", "_errors_among"): MADE,
    ("mcp_servers/cloudwatch/tools/metrics.py", "_text"): LEFT_OUT,
    ("mcp_servers/cloudwatch/tools/records.py", "ResourceRecords"): LEFT_OUT,
    ("mcp_servers/kubernetes/snapshot/namespaces.py", "Surroundings"): FOLLOWS,
    ("mcp_servers/kubernetes/tools/cut_off.py", "CutOffCallers"): FOLLOWS,
    ("mcp_servers/kubernetes/tools/cut_off.py", "FAILED"): FOLLOWS,
    ("mcp_servers/kubernetes/tools/explanation.py", "CALM"): LEFT_OUT,
    ("mcp_servers/kubernetes/tools/explanation.py", "_page"): LEFT_OUT,
    ("mcp_servers/kubernetes/tools/history.py", "History"): LEFT_OUT,
    ("mcp_servers/kubernetes/tools/listing.py", "Listing"): LEFT_OUT,
    ("mcp_servers/kubernetes/tools/logs.py", "KubernetesLogs"): MADE,
    ("mcp_servers/kubernetes/tools/path_hops.py", "_service_hops"): FOLLOWS,
    ("mcp_servers/kubernetes/tools/nodes.py", "Nodes"): FOLLOWS,
    ("mcp_servers/kubernetes/tools/nodes.py", "_facts"): MADE,
    ("mcp_servers/kubernetes/tools/sweep.py", "WORKS"): LEFT_OUT,
    ("mcp_servers/kubernetes/tools/sweep.py", "_concerns"): LEFT_OUT,
    ("mcp_servers/prometheus/tools/queries.py", "Queries"): MADE,
    ("sre_agent/diagnosis/claims.py", "STEADY"): WEIGHED,
    ("sre_agent/diagnosis/claims.py", "_shows"): WEIGHED,
    ("sre_agent/diagnosis/recovery_checks.py", "automation_checks"): WEIGHED,
    ("sre_agent/diagnosis/health.py", "_still"): WEIGHED,
    ("sre_agent/diagnosis/timing.py", "in_time"): WEIGHED,
    ("sre_agent/diagnosis/hypotheses.py", "_is_current"): WEIGHED,
    ("sre_agent/diagnosis/timing.py", "_served_before"): WEIGHED,
    ("sre_agent/diagnosis/names.py", "_holder"): WEIGHED,
    ("sre_agent/diagnosis/evidence_set.py", "_ended_while_ready"): WEIGHED,
    ("sre_agent/diagnosis/sizing.py", "_enough"): FORMULA,
    ("sre_agent/diagnosis/sizing.py", "_enough_of"): FORMULA,
    ("sre_agent/diagnosis/sizing.py", "_enough_storage"): FORMULA,
    ("sre_agent/diagnosis/sizing.py", "_for_the_load"): FORMULA,
    ("sre_agent/diagnosis/sizing.py", "_for_the_queue"): FORMULA,
    ("sre_agent/diagnosis/sizing.py", "_for_the_retries"): FORMULA,
    ("sre_agent/diagnosis/recency.py", "cuts_off"): WEIGHED,
    ("sre_agent/failures/checking.py", "_codes"): "the attributes of the fact that `_holder` finds",
}


@cache
def codes_in_source() -> dict[tuple[str, str], list[str]]:
    """The quoted codes by file and top-level name, without the table, the extractors, and what is emitted in place."""
    places: dict[tuple[str, str], list[str]] = {}
    for folder in ("mcp_servers", "sre_agent"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if name.startswith(TABLE) or any(part in name for part in EXTRACTORS):
                continue
            for quote in quotes(file.read_text(encoding="utf-8")):
                if not quote.emits:
                    places.setdefault((name, quote.within), []).append(f"{quote.code} (line {quote.line})")
    return places


def test_what_follows_from_a_code_is_an_attribute_of_its_record() -> None:
    wrong = {place: codes for place, codes in codes_in_source().items() if place not in PLACES}
    assert not wrong, "give the record in mcp_servers/contract/observations an attribute, and ask for that"


def test_no_place_stays_on_the_list_that_quotes_no_code() -> None:
    assert set(PLACES) <= set(codes_in_source())


@pytest.mark.parametrize(
    "source",
    [
        'FIRST = ("log.error", "log.login_failed")',
        'ABOUT = frozenset({"container.oom_killed"})',
        'def f(seen):\n    return seen.code == "alarm.ok"',
        'def f(seen):\n    return seen.code.startswith(("pod.", "container."))',
        'WORDS = {"pod.ready": "is ready"}',
    ],
)
def test_a_list_of_codes_is_noticed_in_each_of_its_forms(source: str) -> None:
    assert any(not quote.emits for quote in quotes(source))


def test_the_code_of_an_observation_that_is_made_in_place_is_no_list() -> None:
    assert all(quote.emits for quote in quotes('x = Observation(code="pod.ready" if a else "pod.failed", subject=s)'))
