"""Rules and alerts as /api/v1/rules and /api/v1/alerts show them."""

from __future__ import annotations

import math
from typing import Any

from sre_lab.clock import rfc3339
from sre_lab.prometheus.parameters import Params
from sre_lab.prometheus.promql.tree import PromqlError
from sre_lab.prometheus.rules.evaluation import ActiveAlert, RuleState, evaluate_until_now
from sre_lab.prometheus.rules.files import PrometheusRule, RuleGroup
from sre_lab.prometheus.rules.files import groups as read_groups
from sre_lab.world import World

TYPES = {"": "", "alert": "alerting", "record": "recording"}


def alerts(world: World) -> list[dict[str, Any]]:
    """Those that are pending or firing."""
    active = evaluate_until_now(world)
    return [alert_entry(alert) for group_alerts in active.alerts.values() for alert in group_alerts.values()]


def groups(world: World, params: Params) -> dict[str, Any]:
    """All groups with their rules; `type` is alert or record, `rule_name[]` and `rule_group[]` pick some."""
    kind = str(params.get("type") or "").lower()
    if kind not in TYPES:
        raise PromqlError(f'invalid parameter "type": not supported value "{kind}"')
    active = evaluate_until_now(world)
    rule_names, grouped = set(params.getlist("rule_name[]")), set(params.getlist("rule_group[]"))
    result = []
    for group in read_groups():
        if grouped and group.name not in grouped:
            continue
        rules = [
            _rule(group, place, rule, active)
            for place, rule in enumerate(group.rules)
            if TYPES[kind] in ("", rule.type) and (not rule_names or rule.name in rule_names)
        ]
        if rules:
            result.append(
                {
                    "name": group.name,
                    "file": group.file,
                    "interval": group.interval,
                    "limit": 0,
                    "evaluationTime": 0.001,
                    "lastEvaluation": _last(group, active),
                    "rules": rules,
                }
            )
    return {"groups": result}


def _last(group: RuleGroup, active: RuleState) -> str:
    return rfc3339(active.at // group.interval * group.interval)


def _rule(group: RuleGroup, place: int, rule: PrometheusRule, active: RuleState) -> dict[str, Any]:
    common = {
        "name": rule.name,
        "query": rule.query,
        "health": "ok",
        "evaluationTime": 0.001,
        "lastEvaluation": _last(group, active),
        "type": rule.type,
    }
    if rule.recording:
        return {**common, "labels": rule.labels} if rule.labels else common
    alerts = list(active.alerts.get((group.name, place), {}).values())
    state = "firing" if any(alert.firing for alert in alerts) else "pending" if alerts else "inactive"
    return {
        "state": state,
        "duration": rule.wait,
        "keepFiringFor": 0,
        "labels": rule.labels,
        "annotations": rule.annotations,
        "alerts": [alert_entry(alert) for alert in alerts],
        **common,
    }


def alert_entry(alert: ActiveAlert) -> dict[str, Any]:
    return {
        "labels": alert.labels,
        "annotations": alert.annotations,
        "state": "firing" if alert.firing else "pending",
        "activeAt": rfc3339(alert.since),
        "value": _scientific(alert.value),
    }


def _scientific(value: float) -> str:
    """With an exponent, and as few digits as tell the number apart."""
    if not math.isfinite(value):
        return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}[str(value)]
    return next(text for digits in range(18) if float(text := f"{value:.{digits}e}") == value or digits == 17)
