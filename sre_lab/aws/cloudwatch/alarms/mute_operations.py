"""PutAlarmMuteRule, GetAlarmMuteRule, ListAlarmMuteRules, DeleteAlarmMuteRule."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.cloudwatch.alarms.alarm import alarms_by_name
from sre_lab.aws.cloudwatch.alarms.mute_schedule import MuteSchedule
from sre_lab.aws.cloudwatch.alarms.mutes import MuteRule, find_rule, rules
from sre_lab.aws.cloudwatch.alarms.paging import page
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

TARGETS = 100
Params = dict[str, Any]


def put_alarm_mute_rule(world: World, params: Params) -> Params:
    name, schedule = str(params.get("Name") or ""), (params.get("Rule") or {}).get("Schedule") or {}
    parts = [str(schedule.get(key) or "") for key in ("Expression", "Duration", "Timezone")]
    arn = f"arn:aws:cloudwatch:{world.cluster.region}:{world.cluster.account}:alarm-mute-rule:{name}"
    rule = MuteRule(name, arn, params, MuteSchedule(*parts), world.clock.now())
    if len(rule.targets) > TARGETS:
        raise AwsError("LimitExceeded", f"A mute rule can name at most {TARGETS} alarms.")
    lacking = [target for target in rule.targets if target not in alarms_by_name.of(world)]
    if lacking:
        raise AwsError("ValidationError", f"Alarms of MuteTargets do not exist: {', '.join(lacking)}")
    rules.of(world)[name] = rule
    return {}


def get_alarm_mute_rule(world: World, params: Params) -> Params:
    rule = find_rule(world, str(params.get("AlarmMuteRuleName")))
    keys = ("Name", "Description", "Rule", "MuteTargets", "StartDate", "ExpireDate")
    fields = {key: rule.config[key] for key in keys if rule.config.get(key) is not None}
    return {**fields, **_summary(world, rule)}


def list_alarm_mute_rules(world: World, params: Params) -> Params:
    """By the alarm that they name and by status."""
    alarm, statuses = params.get("AlarmName"), params.get("Statuses") or []
    summaries = [_summary(world, rule) for _, rule in sorted(rules.of(world).items()) if alarm in (None, *rule.targets)]
    page_summaries, token = page([s for s in summaries if not statuses or s["Status"] in statuses], params)
    return {"AlarmMuteRuleSummaries": page_summaries, **token}


def delete_alarm_mute_rule(world: World, params: Params) -> Params:
    del rules.of(world)[find_rule(world, str(params.get("AlarmMuteRuleName"))).name]
    return {}


def _summary(world: World, rule: MuteRule) -> Params:
    expires = {"ExpireDate": rule.config["ExpireDate"]} if rule.config.get("ExpireDate") is not None else {}
    return {
        "AlarmMuteRuleArn": rule.arn,
        **expires,
        "Status": rule.status(world.clock.now()),
        "MuteType": "ONE_TIME" if rule.schedule.once else "RECURRING",
        "LastUpdatedTimestamp": rule.updated_at,
    }
