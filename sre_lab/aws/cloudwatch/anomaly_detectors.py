"""PutAnomalyDetector, DescribeAnomalyDetectors, DeleteAnomalyDetector."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sre_lab.aws.cloudwatch.anomalies.detectors import AnomalyDetector, Key, detectors_by_key, key_of
from sre_lab.aws.cloudwatch.anomalies.model import PAST, train
from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery, read_queries
from sre_lab.aws.cloudwatch.metrics.selection import MetricStat, dimensions_of
from sre_lab.aws.cloudwatch.metrics.statistics import check_statistic
from sre_lab.aws.cloudwatch.queries.evaluation import MetricMathEvaluation
from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.world import World

Params = dict[str, Any]
PERIOD = 60  # seconds; at which a detector of one metric is trained
PAGE = 10
PENDING = 3 * 3_600.0  # seconds after which too little data is no longer a matter of waiting
SINGLE, MATH = "SINGLE_METRIC", "METRIC_MATH"


def put_anomaly_detector(world: World, params: Params) -> Params:
    """Create a detector, or configure the one of this metric anew."""
    queries, description = _subject(params)
    configuration = params.get("Configuration") or {}
    _check(configuration)
    key = key_of(queries, next(query for query in queries if query.returns_data))
    detector = detectors_by_key.of(world).get(key)
    if detector is None:
        detector = AnomalyDetector(new_id(world), key, queries, description, world.clock.now())
        detectors_by_key.of(world)[key] = detector
    detector.configuration, detector.characteristics = configuration, params.get("MetricCharacteristics") or {}
    detector.generation += 1
    return {"AnomalyDetectorId": detector.id}


def describe_anomaly_detectors(world: World, params: Params) -> Params:
    """By ids, kind (single metrics unless asked), namespace, metric name and dimensions."""
    kinds, ids = params.get("AnomalyDetectorTypes") or [SINGLE], params.get("AnomalyDetectorIds")
    dimensions = dimensions_of(params.get("Dimensions")).items()
    descriptions = []
    for detector in detectors_by_key.of(world).values():
        stat, kind = detector.watched_query.stat, SINGLE if detector.watched_query.stat else MATH
        if (ids and detector.id not in ids) or (not ids and kind not in kinds):
            continue
        if params.get("Namespace") and (stat is None or stat.namespace != params["Namespace"]):
            continue
        if params.get("MetricName") and (stat is None or stat.metric != params["MetricName"]):
            continue
        if dimensions and (stat is None or not dimensions <= stat.dimensions.items()):
            continue
        descriptions.append(_description(world, detector))
    token = str(params.get("NextToken") or "0")
    if not token.isdigit():
        raise AwsError("InvalidNextToken", f"The token {token!r} is not valid.")
    start, size = int(token), int(params.get("MaxResults") or PAGE)
    more = {"NextToken": str(start + size)} if start + size < len(descriptions) else {}
    return {"AnomalyDetectors": descriptions[start : start + size], **more}


def delete_anomaly_detector(world: World, params: Params) -> Params:
    key: Key | None
    if params.get("AnomalyDetectorId"):
        key = next((k for k, d in detectors_by_key.of(world).items() if d.id == params["AnomalyDetectorId"]), None)
    else:
        queries, _ = _subject(params)
        key = key_of(queries, next(query for query in queries if query.returns_data))
    if key is None or detectors_by_key.of(world).pop(key, None) is None:
        raise AwsError("ResourceNotFoundException", "The anomaly detector does not exist.", status=404)
    return {}


def ensure(world: World, entries: list[Params], queries: list[MetricDataQuery], watched_query: MetricDataQuery) -> None:
    """A detector for what an alarm's band watches, as CloudWatch makes one with the alarm.

    `entries` are the MetricDataQueries of the alarm, `queries` the same as read: those that `watched_query` rests on.
    """
    key = key_of(queries, watched_query)
    if key in detectors_by_key.of(world):
        return
    names = {query.id for query in queries}
    inputs = [{**entry, "ReturnData": entry["Id"] == watched_query.id} for entry in entries if entry["Id"] in names]
    subject = (
        _single(watched_query.stat)
        if watched_query.stat
        else {"MetricMathAnomalyDetector": {"MetricDataQueries": inputs}}
    )
    detectors_by_key.of(world)[key] = AnomalyDetector(
        new_id(world), key, read_queries(inputs), subject, world.clock.now()
    )


def _subject(params: Params) -> tuple[list[MetricDataQuery], Params]:
    """(queries, how the API shows them) of the metric or expression that a request names."""
    if params.get("MetricMathAnomalyDetector"):
        raw_queries = params["MetricMathAnomalyDetector"].get("MetricDataQueries") or []
        queries = read_queries(raw_queries)
        if sum(query.returns_data for query in queries) != 1:
            raise AwsError("ValidationError", "Exactly one element of the metrics list should return data.")
        return queries, {"MetricMathAnomalyDetector": {"MetricDataQueries": raw_queries}}
    metric = params.get("SingleMetricAnomalyDetector") or params
    if not metric.get("Namespace") or not metric.get("MetricName") or not metric.get("Stat"):
        raise AwsError("MissingParameter", "The parameters Namespace, MetricName and Stat are required.")
    dimensions = dimensions_of(metric.get("Dimensions"))
    stat = MetricStat(metric["Namespace"], metric["MetricName"], dimensions, check_statistic(metric["Stat"]), PERIOD)
    return [MetricDataQuery("m1", "", True, stat)], _single(stat)


def _single(stat: MetricStat) -> Params:
    dimensions = [{"Name": name, "Value": value} for name, value in stat.dimensions.items()]
    metric = {"Namespace": stat.namespace, "MetricName": stat.metric, "Dimensions": dimensions, "Stat": stat.statistic}
    return {**metric, "SingleMetricAnomalyDetector": metric}


def _description(world: World, detector: AnomalyDetector) -> Params:
    return {
        "AnomalyDetectorId": detector.id,
        **detector.description,
        "Configuration": detector.configuration,
        "MetricCharacteristics": detector.characteristics,
        "StateValue": _state(world, detector),
    }


def _state(world: World, detector: AnomalyDetector) -> str:
    """TRAINED with enough of a past; without it first PENDING_TRAINING, later TRAINED_INSUFFICIENT_DATA."""
    now = world.clock.now()
    lines = MetricMathEvaluation(world, detector.queries, now - PAST, now).lines(detector.watched_query)
    if lines and train(detector.without_excluded(lines[0].points), detector.zone) is not None:
        return "TRAINED"
    return "PENDING_TRAINING" if now - detector.created_at < PENDING else "TRAINED_INSUFFICIENT_DATA"


def _check(configuration: Params) -> None:
    ranges = configuration.get("ExcludedTimeRanges") or []
    if len(ranges) > 10:
        raise AwsError("LimitExceeded", "At most 10 ExcludedTimeRanges are possible.")
    for span in ranges:
        if span["StartTime"] >= span["EndTime"]:
            raise AwsError("ValidationError", "The StartTime of an excluded time range must be before its EndTime.")
    zone = configuration.get("MetricTimezone")
    try:
        ZoneInfo(zone or "UTC")
    except (KeyError, ValueError) as problem:
        raise AwsError("ValidationError", f"MetricTimezone {zone!r} is not a name of the tz database.") from problem
