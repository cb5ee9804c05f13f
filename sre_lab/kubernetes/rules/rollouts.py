"""How a workload replaces its pods: the strategies of Deployments, StatefulSets and DaemonSets."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes.rules import forms, go
from sre_lab.kubernetes.rules.shapes import NOT_NEGATIVE, Causes, Obj, inner, not_negative
from sre_lab.kubernetes.statuses import GoText, forbidden_value, invalid_value, required_value, unsupported_value

_MOST = 100
_SET = "0xc000000000"  # Go shows where a struct lies, which nobody can foretell


def deployment(spec: Obj) -> Causes:
    strategy, path = inner(spec, "strategy"), "spec.strategy"
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            detail = "may not be specified when strategy `type` is 'Recreate'"
            yield forbidden_value(f"{path}.rollingUpdate", detail)
    elif kind == "RollingUpdate":
        if rolling is None:
            yield required_value(f"{path}.rollingUpdate", "this should be defaulted and never be nil")
        else:
            yield from _rolling_deployment(inner(strategy, "rollingUpdate"), f"{path}.rollingUpdate")
    else:
        go_text = _strategy("apps.DeploymentStrategy", "apps.RollingUpdateDeployment", strategy)
        yield unsupported_value(path, go_text, ["Recreate", "RollingUpdate"])


def stateful_set(spec: Obj) -> Causes:
    strategy, path = inner(spec, "updateStrategy"), "spec.updateStrategy"
    kind, rolling = strategy.get("type"), inner(strategy, "rollingUpdate")
    if kind == "OnDelete":
        if strategy.get("rollingUpdate") is not None:
            fields = f"Partition:{rolling.get('partition', 0)}, MaxUnavailable:(*intstr.IntOrString)(nil)"
            go_text = GoText(f"apps.RollingUpdateStatefulSetStrategy{{{fields}}}")
            detail = "only allowed for updateStrategy 'RollingUpdate'"
            yield invalid_value(f"{path}.rollingUpdate", go_text, detail)
    elif kind == "RollingUpdate":
        yield from not_negative(rolling, f"{path}.rollingUpdate", "partition")
        most = rolling.get("maxUnavailable")
        if most is not None:
            at = f"{path}.rollingUpdate.maxUnavailable"
            yield from int_or_percent(most, at)
            if _amount(most) == 0:
                yield invalid_value(at, go.int_or_string(most), "cannot be 0")
            yield from at_most_all(most, at)
    else:
        go_text = _strategy("apps.StatefulSetUpdateStrategy", "apps.RollingUpdateStatefulSetStrategy", strategy)
        yield invalid_value(path, go_text, "must be 'RollingUpdate' or 'OnDelete'")


def daemon_set(spec: Obj) -> Causes:
    strategy, path = inner(spec, "updateStrategy"), "spec.updateStrategy"
    kind = strategy.get("type")
    if kind == "RollingUpdate":
        if strategy.get("rollingUpdate") is None:
            yield required_value(f"{path}.rollingUpdate")
        else:
            yield from _rolling_daemon_set(inner(strategy, "rollingUpdate"), f"{path}.rollingUpdate")
    elif kind != "OnDelete":
        go_text = _strategy("apps.DaemonSetUpdateStrategy", "apps.RollingUpdateDaemonSet", strategy)
        yield unsupported_value(path, go_text, ["RollingUpdate", "OnDelete"])


def _rolling_deployment(rolling: Obj, path: str) -> Causes:
    most, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    yield from int_or_percent(most, f"{path}.maxUnavailable")
    yield from int_or_percent(surge, f"{path}.maxSurge")
    if _amount(most) == 0 and _amount(surge) == 0:
        yield invalid_value(f"{path}.maxUnavailable", go.int_or_string(most), "may not be 0 when `maxSurge` is 0")
    yield from at_most_all(most, f"{path}.maxUnavailable")


def _rolling_daemon_set(rolling: Obj, path: str) -> Causes:
    most, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    for check in (int_or_percent, at_most_all):
        yield from check(most, f"{path}.maxUnavailable")
        yield from check(surge, f"{path}.maxSurge")
    if _amount(most) != 0 and _amount(surge) != 0:
        detail = "may not be set when maxUnavailable is non-zero"
        yield invalid_value(f"{path}.maxSurge", go.int_or_string(surge), detail)
    elif _amount(most) == 0 and _amount(surge) == 0:
        yield required_value(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def int_or_percent(value: Any, path: str) -> Causes:
    """A number of pods, or a share of them."""
    if isinstance(value, str):
        for problem in forms.percent(value):
            yield invalid_value(path, go.int_or_string(value), problem)
    elif isinstance(value, int) and value < 0:
        yield invalid_value(path, value, NOT_NEGATIVE)


def at_most_all(value: Any, path: str) -> Causes:
    if isinstance(value, str) and not forms.percent(value) and int(value[:-1]) > _MOST:
        yield invalid_value(path, go.int_or_string(value), "must not be greater than 100%")


def _amount(value: Any) -> int:
    if isinstance(value, str):
        digits = value.removesuffix("%")
        return int(digits) if digits.isdigit() else 0
    return value if isinstance(value, int) else 0


def _strategy(type_: str, rolling: str, strategy: Obj) -> GoText:
    place = "nil" if strategy.get("rollingUpdate") is None else _SET
    return GoText(f"{type_}{{Type:{go.quote(strategy.get('type', ''))}, RollingUpdate:(*{rolling})({place})}}")
