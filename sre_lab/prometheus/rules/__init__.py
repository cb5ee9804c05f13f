"""Alerting and recording rules: read from rule files, evaluated at their interval, listed as the HTTP API does.

Rules are evaluated when somebody asks, for every interval that has passed since: the samples of the past are all there,
so what comes out is what a server would have found that evaluated them at the time.
"""

from __future__ import annotations

from sre_lab.prometheus.rules.evaluation import evaluate_until_now
from sre_lab.prometheus.rules.listing import alerts, groups

__all__ = ["alerts", "evaluate_until_now", "groups"]
