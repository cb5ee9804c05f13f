"""What PutMetricAlarm and PutCompositeAlarm refuse, in CloudWatch's words where they are known."""

from __future__ import annotations

from typing import Any, NoReturn

from sre_lab.aws.cloudwatch.alarms.threshold_rules import BAND_COMPARISONS, COMPARISONS
from sre_lab.aws.cloudwatch.expressions import language
from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery, read_queries
from sre_lab.aws.cloudwatch.metrics.selection import MetricStat, dimensions_of
from sre_lab.aws.cloudwatch.metrics.statistics import SIMPLE, check_statistic
from sre_lab.aws.cloudwatch.queries.evaluation import WORDS
from sre_lab.aws.errors import AwsError

MISSING = ("breaching", "notBreaching", "ignore", "missing")
DAY, WEEK, HOUR = 86_400, 604_800, 3_600
ACTIONS = 5  # for each state
LONGEST_NAME, LONGEST_DESCRIPTION = 255, 1_024
METRIC_QUERIES = 10
UNSUPPORTED = ("EvaluationCriteria", "EvaluationInterval", "EvaluationWindow", "WarmUpConfiguration")
BAND = "ANOMALY_DETECTION_BAND"


def check_name(config: dict[str, Any]) -> str:
    """The alarm's name, if name, description and what the lab knows are in order."""
    name = str(config.get("AlarmName") or "")
    if not name or len(name) > LONGEST_NAME:
        _refuse(f"The parameter AlarmName must have 1 to {LONGEST_NAME} characters.")
    if len(str(config.get("AlarmDescription") or "")) > LONGEST_DESCRIPTION:
        _refuse(f"The parameter AlarmDescription must have at most {LONGEST_DESCRIPTION} characters.")
    for parameter in (*UNSUPPORTED, "ActionConfiguration"):
        if config.get(parameter):
            _refuse(f"The lab does not support the parameter {parameter}.")
    return name


def check_actions(config: dict[str, Any]) -> None:
    for parameter in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        actions = config.get(parameter) or []
        if len(actions) > ACTIONS:
            _refuse(f"The collection {parameter} must not have a size greater than {ACTIONS}.")
        for action in actions:
            if not str(action).startswith("arn:"):
                _refuse(f"Invalid arn syntax: {action}")


def check_rule(config: dict[str, Any]) -> None:
    """Comparison, threshold, periods and missing data of a metric alarm."""
    comparison, band = config.get("ComparisonOperator"), config.get("ThresholdMetricId")
    if comparison not in (*COMPARISONS, *BAND_COMPARISONS):
        known_names = ", ".join([*COMPARISONS, *BAND_COMPARISONS])
        _refuse(f"The value {comparison} for parameter ComparisonOperator is not one of {known_names}.")
    if (comparison in BAND_COMPARISONS) != bool(band):
        _refuse("ThresholdMetricId goes with the comparison operators of a band, and only with these.")
    if band and config.get("Threshold") is not None:
        _refuse("Threshold and ThresholdMetricId are mutually exclusive.")
    if not band and config.get("Threshold") is None:
        _refuse("The parameter Threshold is required unless ThresholdMetricId is given.")
    periods, needed = config.get("EvaluationPeriods"), config.get("DatapointsToAlarm")
    if not isinstance(periods, int) or periods < 1:
        _refuse(f"The parameter EvaluationPeriods must be greater than or equal to 1, not {periods!r}.")
    if needed is not None and not 1 <= int(needed) <= periods:
        _refuse(f"DatapointsToAlarm must be between 1 and EvaluationPeriods ({periods}), not {needed!r}.")
    missing = config.get("TreatMissingData")
    if missing is not None and missing not in MISSING:
        text = f"The value {missing} is not supported for TreatMissingData parameter. Supported values are "
        _refuse(f"{text}[{', '.join(MISSING)}].")
    low = config.get("EvaluateLowSampleCountPercentile")
    if low is not None and low not in ("evaluate", "ignore"):
        text = f"Option {low} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are "
        _refuse(f"{text}evaluate and ignore.")


def check_span(period: int, periods: int) -> None:
    """Period times EvaluationPeriods: a day, or a week from an hour's period on."""
    if period not in (10, 20, 30) and period % 60:
        _refuse("Period must be 10, 20, 30 or a multiple of 60")
    if period * periods > (DAY if period < HOUR else WEEK):
        if period < HOUR:
            _refuse("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
        _refuse("Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).")


def read_watched(config: dict[str, Any]) -> list[MetricDataQuery]:
    """The queries of a metric alarm: one metric, or its Metrics of which exactly one is compared."""
    if config.get("Metrics"):
        return _read_metrics(config)
    plain, extended_statistic = config.get("Statistic"), config.get("ExtendedStatistic")
    if not config.get("MetricName") or not config.get("Namespace"):
        raise AwsError("MissingParameter", "The parameters MetricName and Namespace, or Metrics, are required.")
    if plain and extended_statistic:
        text = "The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified both."
        raise AwsError("InvalidParameterCombination", text)
    if not plain and not extended_statistic:
        text = "At least one of the parameters must be specified: Statistic, ExtendedStatistic."
        raise AwsError("MissingParameter", text)
    if plain and plain not in SIMPLE:
        raise AwsError("InvalidParameterValue", f"The value {plain} for parameter Statistic is not supported.")
    try:
        statistic = check_statistic(str(plain or extended_statistic))
    except AwsError as problem:
        text = f"The value {extended_statistic} for parameter ExtendedStatistic is not supported."
        raise AwsError("InvalidParameterValue", text) from problem
    if not isinstance(config.get("Period"), int):
        raise AwsError("MissingParameter", "The parameter Period is required.")
    where = str(config["Namespace"]), str(config["MetricName"])
    dimensions, unit = dimensions_of(config.get("Dimensions")), str(config.get("Unit") or "")
    return [MetricDataQuery("m1", "", True, MetricStat(*where, dimensions, statistic, int(config["Period"]), unit))]


def _read_metrics(config: dict[str, Any]) -> list[MetricDataQuery]:
    for parameter in ("MetricName", "Namespace", "Dimensions", "Statistic", "ExtendedStatistic", "Unit", "Period"):
        if config.get(parameter):
            text = f"The parameters Metrics and {parameter} are mutually exclusive and you have specified both."
            raise AwsError("InvalidParameterCombination", text)
    queries, band = read_queries(config["Metrics"]), config.get("ThresholdMetricId")
    if sum(query.stat is not None for query in queries) > METRIC_QUERIES:
        _refuse(f"Metrics must not have more than {METRIC_QUERIES} metrics.")
    ids = {query.id for query in queries}
    for query in queries:
        parsed = language.parse(query.expression or "0")
        if language.calls(parsed, "SEARCH"):
            _refuse("SEARCH is not supported for alarms: an alarm can watch only one time series.")
        if unknown := sorted(language.names(parsed) - ids - set(WORDS)):
            language.refuse(query.expression, f"Unrecognized id '{unknown[0]}'")
    candidates = [query for query in queries if query.returns_data and query.id != band]
    if len(candidates) != 1:
        _refuse("Exactly one element of the metrics list should return data.")
    if band:
        band_query = next((query for query in queries if query.id == band), None)
        limits = language.parse(band_query.expression if band_query is not None and band_query.expression else "0")
        if not language.calls(limits, BAND) or not language.names(limits):
            _refuse(f"ThresholdMetricId {band} must be the id of an {BAND} expression in Metrics.")
    return queries


def _refuse(text: str) -> NoReturn:
    raise AwsError("ValidationError", text)
