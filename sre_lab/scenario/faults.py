"""What goes wrong, as changes of declared facts."""

from __future__ import annotations

from typing import Any

from sre_lab.scenario.cluster import NodeSpec
from sre_lab.scenario.images import ImageProfile
from sre_lab.scenario.schema import ScenarioPart, Span


class Fault(ScenarioPart):
    """What happens at `at`, counted from the end of the simulated history (negative: in the past).

    `patch` is a strategic merge patch of one object, `apply` creates or replaces objects, `delete` removes one,
    `image` replaces the behaviour of an image, `dependency` sets a dependency up or down or changes fields of it,
    `rate` the traffic of a Service, `node` the said facts of machines. `note` is what a person would say who knows
    what was done; no responder ever sees it.
    """

    at: Span
    note: str = ""
    patch: dict[str, Any] | None = None  # {kind, namespace, name, patch}
    apply: list[dict[str, Any]] = []
    delete: dict[str, str] | None = None  # {kind, namespace, name}
    image: dict[str, ImageProfile] = {}
    dependency: dict[str, bool | dict[str, Any]] = {}
    rate: dict[str, float] = {}
    node: dict[str, NodeSpec] = {}
