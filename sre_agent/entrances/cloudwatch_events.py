"""The alarm as EventBridge and the Lambda action carry it: `state`, `previousState` and `configuration` in camel case.

`reasonData` is JSON inside a string; the threshold and the start of the evaluated window stand only there.
"""

from __future__ import annotations

from typing import Any

from mcp_servers.contract.alarm_rules import children_named
from sre_agent.entrances.alarm_change import STATES, AlarmChange, AlarmMetric, Arn
from sre_agent.entrances.document import INPUT_CHARACTERS, InputDocument, InputMismatch, parsed
from sre_agent.entrances.envelopes import Notice


def event(document: InputDocument, delivery: Notice) -> AlarmChange:
    """The body of an EventBridge event. Raises Misfit."""
    return _change(document, document.part("detail"), delivery, _resource(document), document.text("account", ""))


def contributor(document: InputDocument, delivery: Notice) -> AlarmChange:
    """One time series of an alarm over many; it stands for the alarm, with what names the series added."""
    change = event(document, delivery)
    series = document.part("detail").part("alarmContributor")
    attributes = series.names("attributes") or series.names("contributorAttributes")
    return change.model_copy(update={"contributor": attributes})


def lambda_action(document: InputDocument, delivery: Notice) -> AlarmChange:
    arn = Arn.of(document.text("alarmArn", ""))
    return _change(document, document.part("alarmData"), delivery, arn, document.text("accountId", ""))


def _change(envelope: InputDocument, alarm: InputDocument, delivery: Notice, arn: Arn, account: str) -> AlarmChange:
    state, before, configuration = alarm.part("state"), alarm.part("previousState"), alarm.part("configuration")
    value = state.text("value")
    if value not in STATES:
        state.misfit("value", f"is {value!r:.60}; an alarm is {', '.join(STATES)}")
    data = _reason_data(alarm.what, state)
    return AlarmChange(
        id=envelope.text("id", "") or delivery.id,
        name=alarm.text("alarmName"),
        arn=arn,
        account=account,
        region=envelope.text("region", ""),
        state=STATES[value],
        said_state=value,
        said_before=before.text("value", ""),
        reason=state.text("reason", ""),
        changed_at=state.time("timestamp") or envelope.time("time"),
        began=data.time("startDate"),
        description=configuration.text("description", ""),
        metrics=_metrics(configuration),
        threshold=data.number("threshold"),
        composite="alarmRule" in configuration,
        children=[Arn.of(child.text("arn", "")).name for child in data.parts("triggeringAlarms")]
        or [name for name, _ in children_named(configuration.text("alarmRule", "", INPUT_CHARACTERS))],
        tags=alarm.names("alarmTags"),
        quiet=_quiet(alarm, state),
    )


def _reason_data(what: str, state: InputDocument) -> InputDocument:
    """The JSON object inside the string; an empty one where there is none or it cannot be read."""
    try:
        data: Any = parsed(state.text("reasonData", "{}", INPUT_CHARACTERS))
    except InputMismatch:
        data = {}
    return InputDocument(what, data if isinstance(data, dict) else {}, "state.reasonData")


def _metrics(configuration: InputDocument) -> list[AlarmMetric]:
    alarm_metrics: list[AlarmMetric] = []
    for query in configuration.parts("metrics"):
        stat = query.part("metricStat")
        metric = stat.part("metric")
        if "name" in metric:
            alarm_metrics.append(
                AlarmMetric(
                    namespace=metric.text("namespace", ""),
                    name=metric.text("name"),
                    dimensions=metric.names("dimensions"),
                    statistic=stat.text("stat", ""),
                    period=int(stat.number("period") or 0) or None,
                )
            )
    return alarm_metrics


def _quiet(alarm: InputDocument, state: InputDocument) -> str:
    """Whoever muted an alarm or suppressed it wants nothing done about it now."""
    suppressor = state.text("actionsSuppressedBy", "")
    if suppressor and suppressor.lower() != "none":
        why = state.text("actionsSuppressedReason", "")
        return f"Its actions are suppressed by {suppressor}{f': {why}' if why else ''}."
    if "muteDetail" in alarm:
        mute = alarm.part("muteDetail")
        by = next((text for text in mute.data.values() if isinstance(text, str) and text), "")
        return f"It is muted{f' by {by}' if by else ''}."
    return ""


def _resource(document: InputDocument) -> Arn:
    resources = document.data.get("resources")
    texts = [text for text in resources if isinstance(text, str)] if isinstance(resources, list) else []
    return next((arn for arn in map(Arn.of, texts) if arn.text), Arn())
