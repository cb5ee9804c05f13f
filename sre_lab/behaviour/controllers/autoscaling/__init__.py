"""The horizontal pod autoscaler: how many replicas the metrics ask for, and how fast their number may change."""

from __future__ import annotations

from sre_lab.behaviour.controllers.autoscaling.autoscalers import AutoscalerController

__all__ = [
    "AutoscalerController",
]
