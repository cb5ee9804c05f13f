"""Which functions and aggregations there are, and what they take and give."""

from __future__ import annotations

from dataclasses import dataclass

from sre_agent.lab.prometheus.promql.tree import ValueType


@dataclass(frozen=True)
class Signature:
    """`optional` of the last arguments may be left out; `repeated`: the last one may come any number of times."""

    takes: tuple[ValueType, ...]
    gives: ValueType = "instant vector"
    optional: int = 0
    repeated: bool = False


_INSTANT: ValueType = "instant vector"
_RANGE: ValueType = "range vector"

_OF_INSTANT = (
    "abs acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh sort sort_desc "
    "sqrt tan tanh timestamp absent"
).split()
_OF_RANGE = (
    "absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time "
    "max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time"
).split()
_OF_DAY = "day_of_month day_of_week day_of_year days_in_month hour minute month year".split()

SIGNATURES: dict[str, Signature] = {
    **dict.fromkeys(_OF_INSTANT, Signature((_INSTANT,))),
    **dict.fromkeys(_OF_RANGE, Signature((_RANGE,))),
    **dict.fromkeys(_OF_DAY, Signature((_INSTANT,), optional=1)),
    "clamp": Signature((_INSTANT, "scalar", "scalar")),
    "clamp_max": Signature((_INSTANT, "scalar")),
    "clamp_min": Signature((_INSTANT, "scalar")),
    "histogram_quantile": Signature(("scalar", _INSTANT)),
    "label_join": Signature((_INSTANT, "string", "string", "string"), optional=1, repeated=True),
    "label_replace": Signature((_INSTANT, "string", "string", "string", "string")),
    "pi": Signature((), "scalar"),
    "predict_linear": Signature((_RANGE, "scalar")),
    "quantile_over_time": Signature(("scalar", _RANGE)),
    "round": Signature((_INSTANT, "scalar"), optional=1),
    "scalar": Signature((_INSTANT,), "scalar"),
    "time": Signature((), "scalar"),
    "vector": Signature(("scalar",)),
}
AGGREGATIONS = frozenset(
    "avg bottomk count count_values group max min quantile stddev stdvar sum topk".split(),
)
PARAMETERS: dict[str, ValueType] = {
    "bottomk": "scalar",
    "count_values": "string",
    "quantile": "scalar",
    "topk": "scalar",
}
