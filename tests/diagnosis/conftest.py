"""Every verdict that a test of this folder asks for is held to what has to be true of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sre_agent.diagnosis import Engine
from sre_agent.domain.diagnosis import Weighing

from .contradicting import contradictions


@pytest.fixture(autouse=True)
def _no_verdict_contradicts_itself(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    weigh, problems = Engine.weigh, list[str]()

    def watched(engine: Engine, *arguments: Any, **options: Any) -> Weighing:
        weighing = weigh(engine, *arguments, **options)
        problems.extend(contradictions(weighing.diagnosis))
        return weighing

    monkeypatch.setattr(Engine, "weigh", watched)
    yield
    assert not problems, "a line of what is ruled out denies what the cause says"
