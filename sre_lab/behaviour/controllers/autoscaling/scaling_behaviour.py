"""How fast an autoscaler may change the number of replicas: stabilisation windows, rates, and the declared bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from sre_lab.objects.store import Obj

DOWN_WINDOW_SECONDS = 300.0  # --horizontal-pod-autoscaler-downscale-stabilization
UP_RULES: Obj = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Percent", "value": 100, "periodSeconds": 15},
        {"type": "Pods", "value": 4, "periodSeconds": 15},
    ],
}
DOWN_RULES: Obj = {
    "stabilizationWindowSeconds": DOWN_WINDOW_SECONDS,
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}
RECENT_HIGHER = "recent recommendations were higher than current one, applying the highest recent recommendation"
RECENT_LOWER = "recent recommendations were lower than current one, applying the lowest recent recommendation"
WITHIN = ("False", "DesiredWithinRange", "the desired count is within the acceptable range")
TOO_FAST = ("True", "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
TOO_FAST_DOWN = ("True", "ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
TOO_MANY = ("True", "TooManyReplicas", "the desired replica count is more than the maximum replica count")
TOO_FEW = ("True", "TooFewReplicas", "the desired replica count is less than the minimum replica count")


@dataclass(frozen=True)
class ScalingDecision:
    """The replicas that are allowed; `able` and `limited` are (status, reason, message) of the two conditions."""

    replicas: int
    able: tuple[str, str, str]
    limited: tuple[str, str, str]


@dataclass
class ScalingHistory:
    """Of one autoscaler: (time, replicas) recommended, and (time, replicas added) of its changes."""

    recommendations: list[tuple[float, int]] = field(default_factory=list)
    changes: list[tuple[float, int]] = field(default_factory=list)

    def allow(self, spec: Obj, current: int, desired: int, now: float) -> ScalingDecision:
        """What of `desired` may happen now under the autoscaler's spec."""
        rules = spec.get("behavior") or {}
        up, down = {**UP_RULES, **(rules.get("scaleUp") or {})}, {**DOWN_RULES, **(rules.get("scaleDown") or {})}
        if down["stabilizationWindowSeconds"] is None:
            down["stabilizationWindowSeconds"] = DOWN_WINDOW_SECONDS
        if not self.recommendations:
            self.recommendations.append((now, current))
        stable, reason = self._stabilise(current, desired, now, up, down)
        self._remember(desired, now, up, down)
        if reason == "ScaleDownStabilized":
            able = ("True", reason, RECENT_HIGHER)
        elif reason:
            able = ("True", reason, RECENT_LOWER)
        else:
            able = ("True", "ReadyForNewScale", "recommended size matches current size")
        return self._clamp(spec, current, stable, now, (up, down), able)

    def note_change(self, added: int, now: float) -> None:
        self.changes = [(at, n) for at, n in self.changes if now - at < 3600.0]
        self.changes.append((now, added))

    def _stabilise(self, current: int, desired: int, now: float, up: Obj, down: Obj) -> tuple[int, str]:
        ups = [n for at, n in self.recommendations if now - at < float(up.get("stabilizationWindowSeconds") or 0)]
        downs = [n for at, n in self.recommendations if now - at < float(down["stabilizationWindowSeconds"])]
        lowest, highest = min([desired, *ups]), max([desired, *downs])
        stable = current
        if stable < lowest:
            stable = lowest
        if stable > highest:
            stable = highest
        if stable == desired:
            return stable, ""
        return stable, "ScaleDownStabilized" if desired < current else "ScaleUpStabilized"

    def _remember(self, desired: int, now: float, up: Obj, down: Obj) -> None:
        longest = max(float(up.get("stabilizationWindowSeconds") or 0), float(down["stabilizationWindowSeconds"]))
        self.recommendations = [(at, n) for at, n in self.recommendations if now - at < longest]
        self.recommendations.append((now, desired))

    def _clamp(
        self, spec: Obj, current: int, desired: int, now: float, rules: tuple[Obj, Obj], able: tuple[str, str, str]
    ) -> ScalingDecision:
        """`desired` between the declared bounds and what the rates allow, with what bounded it."""
        least, most = int(spec.get("minReplicas") or 1), int(spec["maxReplicas"])
        low, high = least, most
        if desired > current:
            plain = max(2 * current, 4)  # where the spec has no behaviour of its own
            limit = self._limit(current, now, rules[0], 1) if spec.get("behavior") else plain
            high = min(most, max(current, limit))
        elif desired < current and spec.get("behavior"):
            low = max(least, min(current, self._limit(current, now, rules[1], -1)))
        if desired > high:
            return ScalingDecision(high, able, TOO_FAST if high < most else TOO_MANY)
        if desired < low:
            return ScalingDecision(low, able, TOO_FAST_DOWN if low > least else TOO_FEW)
        return ScalingDecision(desired, able, WITHIN)

    def _limit(self, current: int, now: float, rules: Obj, sign: int) -> int:
        """The furthest number that the policies of one direction allow."""
        if rules.get("selectPolicy") == "Disabled":
            return current
        limits = []
        for policy in rules.get("policies") or []:
            recent = [n for at, n in self.changes if now - at < float(policy["periodSeconds"])]
            start = current - sum(recent)
            value = int(policy["value"])
            if policy["type"] == "Pods":
                limits.append(start + sign * value)
            elif sign > 0:
                limits.append(math.ceil(start * (1 + value / 100)))
            else:
                limits.append(math.floor(start * (1 - value / 100)))
        if not limits:
            return current
        widest = (rules.get("selectPolicy") or "Max") == "Max"
        return max(limits) if widest == (sign > 0) else min(limits)
