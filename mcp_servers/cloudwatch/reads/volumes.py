"""How large a database's volume is: metrics say what is free on it, and not of how much."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_servers.contract.facts import Coverage, Observation
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError

GROWS_BY_ITSELF = "aurora"  # the engines whose volume nobody sizes begin with this


def with_volumes(account: AwsAccount, observations: Sequence[Observation]) -> tuple[list[Observation], list[Coverage]]:
    """The same, those of a volume that runs full with its size; and what could not be read."""
    coverage: list[Coverage] = []
    rows: list[Observation] = []
    for observation in observations:
        if observation.attributes.get("metric") != "FreeStorageSpace" or "of" not in observation.attributes:
            rows.append(observation)
            continue
        name = observation.subject.name
        try:
            answer = account.ask("rds", "describe_db_instances", DBInstanceIdentifier=name)
        except TeachingError as problem:
            if problem.kind != "not_found":  # metrics outlive an instance, and other engines report the same ones
                coverage.append(gap(problem, f"the size of the volume of {name}"))
            rows.append(observation)
            continue
        database = (answer.get("DBInstances") or [{}])[0]
        size = None if str(database.get("Engine", "")).startswith(GROWS_BY_ITSELF) else database.get("AllocatedStorage")
        more = {"allocated": size} if size else {}
        rows.append(observation.model_copy(update={"attributes": {**observation.attributes, **more}}))
    return rows, coverage
