"""What the chat models took for a report, and how many of their calls failed, from the ledger of calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.report import Report
from sre_agent.model.costs import total
from sre_agent.reports.timeline import with_model


def with_calls(report: Report, calls: Sequence[ModelCall]) -> Report:
    """The report with these calls: their cost, their times, their prompts and a note on each kind of failure.

    Without calls it is the same report.
    """
    if not calls:
        return report
    costs = total(calls)
    rate = costs.hit_rate
    cost = report.cost.model_copy(
        update={
            "input_tokens": costs.input_tokens + costs.cache_read_tokens + costs.cache_write_tokens,
            "output_tokens": costs.output_tokens,
            "cached_tokens": costs.cache_read_tokens,
            "cache_hit_rate": None if rate is None else round(rate, 4),
            "dollars": costs.dollars,
            "model_calls": costs.calls,
            "failed_calls": costs.failed,
        }
    )
    notes = [*report.model_notes, *_failures(calls)]
    prompts = dict.fromkeys(call.prompt for call in calls if call.prompt)
    update = {"cost": cost, "prompts": list(prompts), "model_notes": notes}
    return report.model_copy(update=update | {"timeline": with_model(report.timeline, calls)})


def _failures(calls: Sequence[ModelCall]) -> list[str]:
    failed = Counter(call.outcome for call in calls if call.outcome != "answered")
    return [
        f"{count} of {len(calls)} model calls failed ({outcome.replace('_', ' ')})."
        for outcome, count in failed.items()
    ]
