"""A scenario's alarms, given to a world as a user would put them."""

from __future__ import annotations

from typing import Any

from sre_lab import scenario
from sre_lab.aws.cloudwatch.alarms import composite, metric
from sre_lab.aws.cloudwatch.metrics.statistics import SIMPLE
from sre_lab.world import World

BAND_ID, METRIC_ID = "expected", "m1"


def create_alarm(world: World, spec: scenario.AlarmSpec) -> None:
    """Create a scenario's alarm; it starts in INSUFFICIENT_DATA and is evaluated from its next period on."""
    config: dict[str, Any] = {"AlarmName": spec.name, "AlarmDescription": spec.description, "Tags": []}
    if spec.rule:
        composite.configure(world, {**config, "AlarmRule": spec.rule, **_suppressor(spec)})
        return
    config |= {
        "EvaluationPeriods": spec.evaluation_periods,
        "ComparisonOperator": spec.comparison,
        "TreatMissingData": spec.treat_missing_data,
    }
    if spec.datapoints_to_alarm is not None:
        config["DatapointsToAlarm"] = spec.datapoints_to_alarm
    if spec.band_width is not None:
        config["ThresholdMetricId"] = BAND_ID
    else:
        config["Threshold"] = spec.threshold
    metric.configure(world, config | _metric_fields(spec))


def _metric_fields(spec: scenario.AlarmSpec) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in spec.dimensions.items()]
    metric = {"Namespace": spec.metric_namespace, "MetricName": spec.metric, "Dimensions": dimensions}
    if spec.metrics or spec.band_width is not None:
        stat = {"Metric": metric, "Stat": spec.statistic, "Period": spec.period}
        metrics = list(spec.metrics) or [{"Id": METRIC_ID, "MetricStat": stat}]
        if spec.band_width is not None:
            around = next(entry["Id"] for entry in metrics if entry.get("ReturnData") is not False)
            metrics.append({"Id": BAND_ID, "Expression": f"ANOMALY_DETECTION_BAND({around}, {spec.band_width})"})
        return {"Metrics": metrics}
    statistic = {"Statistic" if spec.statistic in SIMPLE else "ExtendedStatistic": spec.statistic}
    return {**metric, **statistic, "Period": spec.period}


def _suppressor(spec: scenario.AlarmSpec) -> dict[str, Any]:
    if not spec.suppressor:
        return {}
    return {
        "ActionsSuppressor": spec.suppressor,
        "ActionsSuppressorWaitPeriod": int(spec.suppressor_wait),
        "ActionsSuppressorExtensionPeriod": int(spec.suppressor_extension),
    }
