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
    records = sorted(_all(world).values(), key=lambda k: (k.rule["Priority"], k.rule["RuleName"]))
    return {"SamplingRuleRecords": [_record(k) for k in records]}


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
    record = _rule_record(world, change)
    rule = {**record.rule, **{k: v for k, v in change.items() if v is not None and k not in ("RuleName", "RuleARN")}}
    _check(rule)
    record.rule, record.modified_at = rule, world.clock.now()
    return {"SamplingRuleRecord": _record(record)}


def delete_sampling_rule(world: World, params: Params) -> Params:
    record = _rule_record(world, params)
    if record.rule["RuleName"] == DEFAULT:
        raise AwsError("InvalidRequestException", "The default sampling rule cannot be deleted.")
    del _all(world)[record.rule["RuleName"]]
    return {"SamplingRuleRecord": _record(record)}


def get_sampling_targets(world: World, params: Params) -> Params:
    """For each rule that an SDK reports on: rate and quota until the next report."""
    documents, unknown = [], []
    for report in params.get("SamplingStatisticsDocuments") or []:
        record = _all(world).get(report["RuleName"])
        if record is None:
            unknown.append({"RuleName": report["RuleName"], "ErrorCode": "400", "Message": "Unknown rule"})
            continue
        target = {"RuleName": report["RuleName"], "FixedRate": record.rule["FixedRate"], "Interval": INTERVAL}
        quota = {
            "ReservoirQuota": record.rule["ReservoirSize"],
            "ReservoirQuotaTTL": world.clock.now() + QUOTA_SECONDS,
        }
        documents.append({**target, **quota})
    last_change = max(entry.modified_at for entry in _all(world).values())
    return {"SamplingTargetDocuments": documents, "LastRuleModification": last_change, "UnprocessedStatistics": unknown}


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


def _rule_record(world: World, params: Params) -> SamplingRuleRecord:
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


def _record(record: SamplingRuleRecord) -> Params:
    return {"SamplingRule": record.rule, "CreatedAt": record.created_at, "ModifiedAt": record.modified_at}


def _arn(world: World, name: str) -> str:
    return f"arn:aws:xray:{world.cluster.region}:{world.cluster.account}:sampling-rule/{name}"
