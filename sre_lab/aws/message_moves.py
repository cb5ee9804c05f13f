"""Redrives of dead-letter queues, which moto's SQS lacks: messages go back to a queue at a rate, on the lab's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sre_lab.aws.errors import AwsError
from sre_lab.aws.moto import backend
from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.world import World

Params = dict[str, Any]
FASTEST: Final = 500  # messages a second, as SQS has it
TICK: Final = 1.0  # seconds


@dataclass
class MoveTask:
    """One redrive: from a dead-letter queue to `destination`, or back to where the messages came from."""

    handle: str
    source: str
    destination: str
    rate: int
    to_move: int
    started: float
    moved: int = 0
    status: str = "RUNNING"

    def shape(self) -> Params:
        shape: Params = {
            "Status": self.status,
            "SourceArn": self.source,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "StartedTimestamp": int(self.started * 1000),
        }
        shape |= {"DestinationArn": self.destination} if self.destination else {}
        return shape | ({"TaskHandle": self.handle} if self.status == "RUNNING" else {})


@dataclass
class MoveTasks:
    """The redrives of a world, the newest first."""

    tasks: list[MoveTask] = field(default_factory=list)


_tasks = PerWorld(MoveTasks)


def start(world: World, params: Params) -> Params:
    source = _queue(world, params["SourceArn"])
    if not _sources(world, source):
        raise AwsError("InvalidParameterValue", f"{params['SourceArn']} is no dead-letter queue of any queue.")
    if any(task.status == "RUNNING" and task.source == source.queue_arn for task in _tasks.of(world).tasks):
        raise AwsError("UnsupportedOperation", "There is a message move task under way for this queue.")
    destination = params.get("DestinationArn", "")
    if destination:
        _queue(world, destination)
    rate = int(params.get("MaxNumberOfMessagesPerSecond") or FASTEST)
    if not 1 <= rate <= FASTEST:
        raise AwsError("InvalidParameterValue", f"MaxNumberOfMessagesPerSecond is from 1 to {FASTEST}, not {rate}.")
    task = MoveTask(new_id(world), source.queue_arn, destination, rate, len(source._messages), world.clock.now())
    _tasks.of(world).tasks.insert(0, task)
    world.clock.after(TICK, lambda: _move(world, task))
    return {"TaskHandle": task.handle}


def listing(world: World, params: Params) -> Params:
    source = _queue(world, params["SourceArn"]).queue_arn
    tasks = [task.shape() for task in _tasks.of(world).tasks if task.source == source]
    return {"Results": tasks[: int(params.get("MaxResults") or 1)]}


def cancel(world: World, params: Params) -> Params:
    handle = params["TaskHandle"]
    task = next((t for t in _tasks.of(world).tasks if t.handle == handle and t.status == "RUNNING"), None)
    if task is None:
        raise AwsError("ResourceNotFoundException", f"No task with the handle {handle} is under way.", status=404)
    task.status = "CANCELLED"
    return {"ApproximateNumberOfMessagesMoved": task.moved}


OPERATIONS: Final[dict[str, Callable[[World, Params], Params]]] = {
    "StartMessageMoveTask": start,
    "ListMessageMoveTasks": listing,
    "CancelMessageMoveTask": cancel,
}


def _move(world: World, task: MoveTask) -> None:
    """One second's worth; a message that came while it went on is left for the next redrive."""
    if task.status != "RUNNING":
        return
    source = _queue(world, task.source)
    target = _queue(world, task.destination) if task.destination else _sources(world, source)[0]
    for _ in range(min(task.rate, task.to_move - task.moved, len(source._messages))):
        target.add_message(source._messages.pop(0))
        task.moved += 1
    if task.moved >= task.to_move or not source._messages:
        task.status = "COMPLETED"
    else:
        world.clock.after(TICK, lambda: _move(world, task))


def _queue(world: World, arn: str) -> Any:
    queues = backend(world, "sqs").queues.values()
    queue = next((one for one in queues if one.queue_arn == arn), None)
    if queue is None:
        raise AwsError("ResourceNotFoundException", f"There is no queue {arn}.", status=404)
    return queue


def _sources(world: World, queue: Any) -> list[Any]:
    return [one for one in backend(world, "sqs").queues.values() if one.dead_letter_queue is queue]
