"""ANOMALY_DETECTION_BAND: for each period, the expected value plus and minus so many standard deviations.

What is expected in a period is learnt only from what came before: the model is trained again each hour (each five
minutes while less than a day is known), on the past up to that moment.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC

from sre_lab.aws.cloudwatch.anomalies.detectors import AnomalyDetector, Key, detectors_by_key, key_of
from sre_lab.aws.cloudwatch.anomalies.model import DAY, PAST, AnomalyModel, train
from sre_lab.aws.cloudwatch.expressions.arguments import ExpressionFrame
from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery
from sre_lab.aws.cloudwatch.metrics.statistics import Points
from sre_lab.aws.per_world import PerWorld
from sre_lab.world import World

TRAINED_EACH, TRAINED_EACH_WHILE_YOUNG = 3_600.0, 300.0  # seconds
TRAININGS = 100  # at most for one band; a longer one is trained less often
KEPT_MODELS = 500

Past = Callable[[float, float], Points]  # the points of what is watched between two times
_models: PerWorld[OrderedDict[tuple[Key, int, int, float], AnomalyModel | None]] = PerWorld(OrderedDict)


def around(
    world: World,
    queries: Sequence[MetricDataQuery],
    watched_query: MetricDataQuery,
    past: Past,
    frame: ExpressionFrame,
    width: float,
) -> tuple[Points, Points]:
    """(upper, lower) bound of each period of the frame's window; no point while there is too little to learn from."""
    detector = detectors_by_key.of(world).get(key_of(queries, watched_query))
    known_from = min((s.times[0] for q in queries if q.stat and (s := q.stat.series(world)) and s.times), default=0.0)
    trainer = _Trainer(world, key_of(queries, watched_query), detector, past, frame, known_from)
    upper: Points = {}
    lower: Points = {}
    for at in frame.times():
        model = trainer.model(at)
        if model is not None:
            expected, reach = model.expected_value(at), width * model.spread
            upper[at], lower[at] = expected + reach, expected - reach
    return upper, lower


class _Trainer:
    """The model of each moment; the past is fetched once for all trainings that are not remembered."""

    def __init__(
        self,
        world: World,
        key: Key,
        detector: AnomalyDetector | None,
        past: Past,
        frame: ExpressionFrame,
        known_from: float,
    ) -> None:
        self._models = _models.of(world)
        self._key, self._detector, self._frame = key, detector, frame
        self._fetch = past
        self._fetched: Points = {}
        self._complete = False
        each = TRAINED_EACH if frame.start - known_from > DAY else TRAINED_EACH_WHILE_YOUNG
        self._each = max(each, (frame.end - frame.start) / TRAININGS // 60 * 60)

    def model(self, at: float) -> AnomalyModel | None:
        until = at // self._each * self._each
        name = (self._key, self._frame.period, self._detector.generation if self._detector else -1, until)
        if name not in self._models:
            self._models[name] = self._train(until)
            while len(self._models) > KEPT_MODELS:
                self._models.popitem(last=False)
        return self._models[name]

    def _train(self, until: float) -> AnomalyModel | None:
        if not self._complete:
            self._fetched = self._fetch(self._frame.start - PAST - self._each, self._frame.end)
            self._complete = True
        points = {at: v for at, v in self._fetched.items() if until - PAST <= at <= until - self._frame.period}
        if self._detector is None:
            return train(points, UTC)
        return train(self._detector.without_excluded(points), self._detector.zone)
