"""The alarm as SNS carries it: one flat object with capitals, dimensions as a list, statistics in upper case.

`Region` is a display name ("US East (N. Virginia)"), so the region comes from an ARN.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mcp_servers.contract.alarm_rules import children_named
from sre_agent.entrances.alarm_change import STATES, AlarmChange, AlarmMetric, Arn
from sre_agent.entrances.document import INPUT_CHARACTERS, InputDocument, scalar
from sre_agent.entrances.envelopes import Notice

STATISTICS: Final = {
    "AVERAGE": "Average",
    "SUM": "Sum",
    "MINIMUM": "Minimum",
    "MAXIMUM": "Maximum",
    "SAMPLE_COUNT": "SampleCount",
    "SAMPLECOUNT": "SampleCount",
}


def message(document: InputDocument, delivery: Notice) -> AlarmChange:
    """The Message of an alarm's notification. Raises Misfit."""
    value = document.text("NewStateValue")
    if value not in STATES:
        document.misfit("NewStateValue", f"is {value!r:.60}; an alarm is {', '.join(STATES)}")
    trigger = document.part("Trigger")
    suppressor = document.text("ActionsSuppressedBy", "")
    return AlarmChange(
        id=delivery.id,
        name=document.text("AlarmName"),
        arn=Arn.of(document.text("AlarmArn", "")),
        account=document.text("AWSAccountId", ""),
        region=next(_regions(document, delivery), ""),
        state=STATES[value],
        said_state=value,
        said_before=document.text("OldStateValue", ""),
        reason=document.text("NewStateReason", ""),
        changed_at=document.time("StateChangeTime"),
        description=document.text("AlarmDescription", ""),
        metrics=list(_metrics(trigger)),
        threshold=trigger.number("Threshold"),
        comparison=trigger.text("ComparisonOperator", ""),
        composite="AlarmRule" in document,
        children=[Arn.of(child.text("Arn", "")).name for child in document.parts("TriggeringChildren")]
        or [name for name, _ in children_named(document.text("AlarmRule", "", INPUT_CHARACTERS))],
        tags=document.names("AlarmTags"),
        quiet=f"Its actions are suppressed by {suppressor}." if suppressor not in ("", "None") else "",
    )


def _regions(document: InputDocument, delivery: Notice) -> Iterator[str]:
    """From the topic or the alarm's actions: all are in the alarm's own region."""
    yield from filter(None, [Arn.of(delivery.topic).region])
    for key in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        actions = document.data.get(key)
        for action in actions if isinstance(actions, list) else []:
            yield from filter(None, [Arn.of(str(action)).region])


def _metrics(trigger: InputDocument) -> Iterator[AlarmMetric]:
    if "MetricName" in trigger:
        statistic = trigger.text("ExtendedStatistic", "") or trigger.text("Statistic", "")
        yield _metric(trigger, statistic, trigger.number("Period"))
    for query in trigger.parts("Metrics"):
        stat = query.part("MetricStat")
        metric = stat.part("Metric")
        if "MetricName" in metric:
            yield _metric(metric, stat.text("Stat", ""), stat.number("Period"))


def _metric(document: InputDocument, statistic: str, period: float | None) -> AlarmMetric:
    dimensions = {
        scalar(entry.data.get("name") or entry.data.get("Name")): scalar(
            entry.data.get("value") or entry.data.get("Value")
        )
        for entry in document.parts("Dimensions")
    }
    return AlarmMetric(
        namespace=document.text("Namespace", ""),
        name=document.text("MetricName"),
        dimensions={name: value for name, value in dimensions.items() if name and value},
        statistic=STATISTICS.get(statistic.upper(), statistic),
        period=int(period) if period else None,
    )
