"""Tools for one cluster, offered for every cluster of the server: where there are several, each takes `cluster`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Concatenate, Final, ParamSpec, TypeVar

from pydantic import Field

from mcp_servers.contract.facts import Answer
from mcp_servers.kubernetes.connection.clusters import Clusters

P = ParamSpec("P")
Room = TypeVar("Room")
ARGUMENT: Final = "cluster"
NAME_LIMIT: Final = 20  # names that a tool's schema shows


def each(
    clusters: Clusters, room: Callable[[str], Room], tool: Callable[Concatenate[Room, P], Answer]
) -> Callable[..., Answer]:
    """The method `tool`, called on the room of the cluster that the caller names; rooms are made when first named.

    `room` gets the name as it was given, empty for the default. Where there is one cluster the tool takes no name.
    """
    rooms: dict[str, Room] = {}

    @functools.wraps(tool)
    def call(*args: Any, cluster: str = "", **kwargs: Any) -> Answer:
        if cluster not in rooms:
            rooms[cluster] = room(cluster)
        return tool(rooms[cluster], *args, **kwargs)

    there = _signature(tool)
    parameters = list(there.parameters.values())[1:]
    if clusters.are_several:
        parameters.append(_parameter(clusters.names))
    call.__signature__ = there.replace(parameters=parameters)  # type: ignore[attr-defined]
    return call


@functools.cache
def _signature(tool: Callable[..., Answer]) -> inspect.Signature:
    return inspect.signature(tool, eval_str=True)


def _parameter(names: Sequence[str]) -> inspect.Parameter:
    more = f" and {len(names) - NAME_LIMIT} more" if len(names) > NAME_LIMIT else ""
    description = f"Which cluster: {', '.join(names[:NAME_LIMIT])}{more}. Empty: {names[0]}."
    annotation = Annotated[str, Field(description=description)]
    return inspect.Parameter(ARGUMENT, inspect.Parameter.POSITIONAL_OR_KEYWORD, default="", annotation=annotation)
