"""Which functions and aggregations there are, and what they take and give."""

from __future__ import annotations

from dataclasses import dataclass

from sre_lab.prometheus.promql.arithmetic import FUNCTIONS as OF_NUMBERS
from sre_lab.prometheus.promql.calendar import PARTS
from sre_lab.prometheus.promql.range_functions import SUMMARIES
from sre_lab.prometheus.promql.tree import ValueType


@dataclass(frozen=True)
class FunctionSignature:
    """`optional` of the last arguments may be left out; `repeated`: the last one may come any number of times."""

    takes: tuple[ValueType, ...]
    gives: ValueType = "instant vector"
    optional: int = 0
    variadic: bool = False


_INSTANT: ValueType = "instant vector"
_RANGE: ValueType = "range vector"

_OF_INSTANT = (*sorted(OF_NUMBERS), "absent", "sort", "sort_desc", "timestamp")
_OF_RANGE = (*sorted(SUMMARIES), "absent_over_time", "delta", "deriv", "idelta", "increase", "irate", "last_over_time",
             "rate")  # fmt: skip
_OF_DAY = tuple(sorted(PARTS))

SIGNATURES: dict[str, FunctionSignature] = {
    **dict.fromkeys(_OF_INSTANT, FunctionSignature((_INSTANT,))),
    **dict.fromkeys(_OF_RANGE, FunctionSignature((_RANGE,))),
    **dict.fromkeys(_OF_DAY, FunctionSignature((_INSTANT,), optional=1)),
    "clamp": FunctionSignature((_INSTANT, "scalar", "scalar")),
    "clamp_max": FunctionSignature((_INSTANT, "scalar")),
    "clamp_min": FunctionSignature((_INSTANT, "scalar")),
    "histogram_quantile": FunctionSignature(("scalar", _INSTANT)),
    "label_join": FunctionSignature((_INSTANT, "string", "string", "string"), optional=1, variadic=True),
    "label_replace": FunctionSignature((_INSTANT, "string", "string", "string", "string")),
    "pi": FunctionSignature((), "scalar"),
    "predict_linear": FunctionSignature((_RANGE, "scalar")),
    "quantile_over_time": FunctionSignature(("scalar", _RANGE)),
    "round": FunctionSignature((_INSTANT, "scalar"), optional=1),
    "scalar": FunctionSignature((_INSTANT,), "scalar"),
    "time": FunctionSignature((), "scalar"),
    "vector": FunctionSignature(("scalar",)),
}
PARAMETERS: dict[str, ValueType] = {
    "bottomk": "scalar",
    "count_values": "string",
    "quantile": "scalar",
    "topk": "scalar",
}
AGGREGATIONS = frozenset((*PARAMETERS, "avg", "count", "group", "max", "min", "stddev", "stdvar", "sum"))
