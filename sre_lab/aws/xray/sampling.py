"""Sampling rules, and the share of requests that an SDK which asks is told to trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.world import World

Params = dict[str, Any]
DEFAULT = "Default"
LAST_PRIORITY = 10_000
QUOTA_SECONDS, INTERVAL = 10, 10
ANY = ("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath")


@dataclass
class SamplingRuleRecord:
    rule: Params
    created_at: float
    modified_at: float


_rules: PerWorld[dict[str, SamplingRuleRecord]] = PerWorld(dict)  # by name


def get_sampling_rules(world: World, params: Params) -> Params:
    """All rules in the order in which they apply; the default one is always there."""
    kept = sorted(_all(world).values(), key=lambda k: (k.rule["Priority"], k.rule["RuleName"]))
    return {"SamplingRuleRecords": [_record(k) for k in kept]}


def create_sampling_rule(world: World, params: Params) -> Params:
    rule = {**dict.fromkeys(ANY, "*"), "Version": 1, "Attributes": {}, **(params.get("SamplingRule") or {})}
    name = str(rule.get("RuleName") or "")
    _check(rule)
    if not name or name in _all(world):
        raise AwsError("InvalidRequestException", f"There is a sampling rule {name!r} already, or it has no name.")
    rule["RuleARN"] = _arn(world, name)
    now = world.clock.now()
    _all(world)[name] = SamplingRuleRecord(rule, now, now)
    return {"SamplingRuleRecord": _record(_all(world)[name])}


def update_sampling_rule(world: World, params: Params) -> Params:
    change = params.get("SamplingRuleUpdate") or {}
    kept = _named(world, change)
    rule = {**kept.rule, **{k: v for k, v in change.items() if v is not None and k not in ("RuleName", "RuleARN")}}
    _check(rule)
    kept.rule, kept.modified_at = rule, world.clock.now()
    return {"SamplingRuleRecord": _record(kept)}


def delete_sampling_rule(world: World, params: Params) -> Params:
    kept = _named(world, params)
    if kept.rule["RuleName"] == DEFAULT:
        raise AwsError("InvalidRequestException", "The default sampling rule cannot be deleted.")
    del _all(world)[kept.rule["RuleName"]]
    return {"SamplingRuleRecord": _record(kept)}


def get_sampling_targets(world: World, params: Params) -> Params:
    """For each rule that an SDK reports on: rate and quota until the next report."""
    found, unknown = [], []
    for report in params.get("SamplingStatisticsDocuments") or []:
        kept = _all(world).get(report["RuleName"])
        if kept is None:
            unknown.append({"RuleName": report["RuleName"], "ErrorCode": "400", "Message": "Unknown rule"})
            continue
        target = {"RuleName": report["RuleName"], "FixedRate": kept.rule["FixedRate"], "Interval": INTERVAL}
        quota = {
            "ReservoirQuota": kept.rule["ReservoirSize"],
            "ReservoirQuotaTTL": world.clock.now() + QUOTA_SECONDS,
        }
        found.append({**target, **quota})
    modified = max(kept.modified_at for kept in _all(world).values())
    return {"SamplingTargetDocuments": found, "LastRuleModification": modified, "UnprocessedStatistics": unknown}


def get_sampling_statistic_summaries(world: World, params: Params) -> Params:
    """None: the lab does not sum up what SDKs report."""
    return {"SamplingStatisticSummaries": []}


def _all(world: World) -> dict[str, SamplingRuleRecord]:
    rules = _rules.of(world)
    if DEFAULT not in rules:
        rule = {
            **dict.fromkeys(ANY, "*"),
            "RuleName": DEFAULT,
            "RuleARN": _arn(world, DEFAULT),
            "Priority": LAST_PRIORITY,
            "FixedRate": 0.05,
            "ReservoirSize": 1,
            "Version": 1,
            "Attributes": {},
        }
        rules[DEFAULT] = SamplingRuleRecord(rule, 0.0, 0.0)
    return rules


def _named(world: World, params: Params) -> SamplingRuleRecord:
    name = params.get("RuleName") or str(params.get("RuleARN") or "").rpartition("/")[2]
    if name not in _all(world):
        raise AwsError("InvalidRequestException", f"There is no sampling rule {name!r}.")
    return _all(world)[name]


def _check(rule: Params) -> None:
    rate, size, priority = rule.get("FixedRate"), rule.get("ReservoirSize"), rule.get("Priority")
    if not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise AwsError("InvalidRequestException", f"FixedRate must be between 0 and 1, not {rate!r}.")
    if not isinstance(size, int) or size < 0 or not isinstance(priority, int) or not 1 <= priority <= LAST_PRIORITY:
        text = "ReservoirSize must be 0 or more, and Priority between 1 and"
        raise AwsError("InvalidRequestException", f"{text} {LAST_PRIORITY}.")


def _record(kept: SamplingRuleRecord) -> Params:
    return {"SamplingRule": kept.rule, "CreatedAt": kept.created_at, "ModifiedAt": kept.modified_at}


def _arn(world: World, name: str) -> str:
    return f"arn:aws:xray:{world.cluster.region}:{world.cluster.account}:sampling-rule/{name}"
