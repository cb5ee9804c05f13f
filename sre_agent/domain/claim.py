"""What an alarm or a person says to be wrong, as something that can be measured."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import model_validator

from mcp_servers.contract.observations import Quantity
from sre_agent.domain.base import Noun, renamed

# What serving pods say nothing about: who cannot reach them, waits for them or gets errors sees no more than that.
BEYOND_PODS: Final[frozenset[Quantity]] = frozenset({"availability", "latency", "errors", "traffic"})

# What a program has of its own, or a node, or a volume: nothing that happens to whom it calls brings it about.
NOT_BY_CALLS: Final[frozenset[Quantity]] = frozenset(
    {"throttling", "cpu", "memory", "disk", "pods", "scheduling", "node", "pressure", "quota", "eviction", "deletion",
     "certificate"}
)  # fmt: skip


class AlarmClaim(Noun):
    """`statement` are the words or the metric that it was read from, as they stand in the signal; `read_from` which
    part of the signal that is. `value` and `threshold` are numbers of the signal itself in `unit` ("" where it names
    none): evidence of how it was when the alarm was sent, and of nothing later. `comparison` is the side of the
    threshold on which it is bad, where the signal tells that.

    `metric` (`namespace name`) and `expression` (PromQL) say how it was measured, where the signal tells that.
    `url` is what answers 404, or does not answer as it should, where the signal says no other status of it.
    """

    quantity: Quantity
    statement: str
    read_from: Literal["metric", "expression", "name", "text"]
    value: float | None = None
    threshold: float | None = None
    comparison: Literal["", "above", "below"] = ""
    unit: str = ""
    metric: str = ""
    expression: str = ""
    url: str = ""

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, value: Any) -> Any:
        return renamed(value, {"said": "statement"})

    @property
    def is_beyond_pods(self) -> bool:
        return self.quantity in BEYOND_PODS

    @property
    def is_brought_by_calls(self) -> bool:
        return self.quantity not in NOT_BY_CALLS

    def is_met_by(self, value: float) -> bool | None:
        """Whether a value is on the bad side of the threshold; None where the signal does not tell either."""
        if self.threshold is None or not self.comparison:
            return None
        return value >= self.threshold if self.comparison == "above" else value <= self.threshold
