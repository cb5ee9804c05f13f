"""What a verb is told to show in a lab: a scenario, or a recorded world; and why it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sre_agent.errors import BadInputError, NotNowError, SreAgentError

if TYPE_CHECKING:
    from sre_lab.process import LabError
    from sre_lab.scenario import Scenario


def load_scenario(name: str) -> Scenario:
    """The scenario of this name or file. Raises BadInputError, which names those that there are."""
    from sre_lab import scenario  # noqa: PLC0415 - only verbs with a lab need it

    try:
        return scenario.load(name)
    except scenario.ScenarioError as problem:
        raise BadInputError(str(problem)) from problem


def require_scenario(source: str) -> None:
    """Raises BadInputError where a lab of this scenario or recorded world (a .json file) cannot be meant."""
    if not source.endswith(".json"):
        load_scenario(source)
    elif not Path(source).is_file():
        raise BadInputError(
            f"No such file: {source!r}. Give a scenario or a recorded world; `sre-agent lab list` lists the scenarios."
        )


def lab_error(lead: str, problem: LabError) -> SreAgentError:
    """The error of a lab that did not start, to be raised: what it was given is wrong, or it could not run."""
    kind = BadInputError if problem.of_input else NotNowError
    return kind(f"{lead}: {problem}")
