"""Runs one execution on the lab's clock: step after step, with waits, signals, retries, timeouts and their rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.ssm.actions import (
    Action,
    ApprovalWait,
    AutomationSignal,
    IterationResult,
    LoopBodyWait,
    ResumeWait,
    StepContext,
    StepFailure,
    StepResult,
    TimedWait,
    whole_number,
)
from sre_lab.aws.ssm.execution import TERMINAL, Execution, StepExecution
from sre_lab.aws.ssm.interpolation import Lookup, UnknownReferenceError, render
from sre_lab.aws.ssm.registry import ACTIONS
from sre_lab.aws.ssm.state import Call
from sre_lab.aws.ssm.steps import LOOP, RunbookStep
from sre_lab.aws.ssm.variables import Variables
from sre_lab.clock import ScheduledAction
from sre_lab.world import World

BETWEEN_STEPS = 0.2  # seconds
BEFORE_RETRY = 1.0  # seconds
OF_THE_BODY = ("Steps", "LoopCondition")  # inputs of a loop whose references have values only inside of it


class AutomationRun:
    """One execution in motion. `signal`, `start_step`, `stop_step`, `cancel` and `complete` act on it from outside.

    The steps of a loop are a run of their own, inside of the run of their document: `variables` are what they can
    refer to, `on_end` is called when they are through.
    """

    def __init__(
        self,
        world: World,
        execution: Execution,
        call: Call,
        *,
        variables: Lookup | None = None,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.execution = execution
        self._world = world
        self._call = call
        self._variables = variables or Variables(world, execution, call)
        self._ended = on_end
        self._action: Action | None = None
        self._waits_for: ApprovalWait | ResumeWait | None = None
        self._inner: AutomationRun | None = None  # the present iteration of a loop
        self._scheduled: list[ScheduledAction] = []
        self._attempt = 0
        self._attempts = 1
        self._held: RunbookStep | None = None  # interactive mode: the step that waits to be started
        self._final = ("Success", "")  # how the execution ends if nothing else happens
        self._last = False  # no step begins after the present one

    def begin(self) -> None:
        self._after(BETWEEN_STEPS, lambda: self._next(self.execution.runbook.steps[0]))

    @property
    def awaits_approval(self) -> bool:
        return isinstance(self._innermost()._waits_for, ApprovalWait)

    @property
    def awaits_resume(self) -> bool:
        """A step of the action aws:pause waits."""
        return isinstance(self._innermost()._waits_for, ResumeWait)

    @property
    def awaits_start(self) -> str:
        """Interactive mode: the name of the step that a StartStep or Resume signal would begin, or ''."""
        return self._held.name if self._held else ""

    def signal(self, signal: AutomationSignal) -> None:
        """Give the step that waits, in whichever loop, what it waits for."""
        run = self._innermost()
        run._waits_for = None
        run._drive(signal)

    def start_step(self) -> None:
        if self._held:
            step, self._held = self._held, None
            self._enter(step)

    def stop_step(self) -> None:
        """End the running step; the execution goes on as its onCancel rule says."""
        if self.execution.current:
            self._settle(self.execution.current, "Cancelled", "The step was stopped by a signal.")

    def cancel(self) -> None:
        """End at once, or run the step that onCancel names first."""
        current = self.execution.current
        self._held = None
        self._final = ("Cancelled", "The execution was cancelled.")
        if current and current.status not in TERMINAL:
            self._settle(current, "Cancelled", "The execution was cancelled.")
        elif self.execution.status not in TERMINAL:
            self._drop()
            self._finish(*self._final)

    def complete(self) -> None:
        """Let the present step end and begin no other."""
        self._last = True
        if self._held:
            self._held = None
            self._finish(*self._final)

    def _innermost(self) -> AutomationRun:
        return self._inner._innermost() if self._inner else self

    def _next(self, step: RunbookStep | None) -> None:
        if self.execution.status in TERMINAL:
            return
        if step is None or self._last:
            self._finish(*self._final)
        elif self.execution.mode == "Interactive":
            self._held, self.execution.current = step, self.execution.record(step)
            self._status("Waiting")
        else:
            self._enter(step)

    def _enter(self, step: RunbookStep, attempt: int = 1) -> None:
        if self.execution.status in TERMINAL:
            return
        record = self.execution.record(step)
        self.execution.current, self._attempt, self._attempts = record, attempt, 1
        record.status, record.failure, record.ended = "InProgress", "", None
        record.started = record.started if attempt > 1 else self._world.clock.now()
        self._status("InProgress")
        try:
            record.inputs = self._render(
                {k: v for k, v in step.inputs.items() if step.action != LOOP or k not in OF_THE_BODY}
            )
            timeout = self._render(step.timeout)
            limit = whole_number("timeoutSeconds", timeout) if timeout else 0
            self._attempts = whole_number("maxAttempts", self._render(step.attempts))
        except (UnknownReferenceError, StepFailure) as problem:
            self._settle(record, "Failed", str(problem))
            return
        if limit:
            self._after(limit, lambda: self._settle(record, "TimedOut", f"No end after {limit} seconds."))
        self._action = ACTIONS[step.action](self._doing(record))
        self._drive(None)

    def _doing(self, record: StepExecution) -> StepContext:
        return StepContext(
            step=record.step,
            inputs=record.inputs,
            call=self._call,
            now=self._world.clock.now(),
            render=self._render,
            assign=self.execution.variables.__setitem__,
            adopt=self._adopt,
        )

    def _render(self, value: Any) -> Any:
        return render(value, self._variables)

    def _adopt(self, child: str) -> None:
        run = runs(self._world).by_id.get(child)
        if run:
            run.execution.parent = self.execution.id

    def _drive(self, sent: AutomationSignal | IterationResult | None) -> None:
        """Run the present action up to its next wait or its end."""
        record = self.execution.current
        if self._action is None or record is None:
            return
        try:
            wait = self._action.send(sent)
        except StopIteration as end:
            self._succeed(record, end.value)
            return
        except StepFailure as failure:
            record.outputs = failure.outputs
            self._settle(record, failure.status, str(failure))
            return
        waits = not isinstance(wait, TimedWait | LoopBodyWait)
        record.status = "Waiting" if waits else "InProgress"
        self._status(record.status)
        if isinstance(wait, TimedWait):
            self._after(wait.seconds, lambda: self._drive(None))
        elif isinstance(wait, LoopBodyWait):
            self._iterate(record, wait)
        else:
            self._waits_for = wait

    def _iterate(self, record: StepExecution, body: LoopBodyWait) -> None:
        inside = self.execution.iteration(self._world, record, body)
        own = {f"{record.step.name}.CurrentIteration": body.iteration}
        own |= {f"{record.step.name}.CurrentIteratorValue": body.value} if body.value is not None else {}
        variables = Variables(self._world, inside, self._call, own=own, outer=self._variables)

        def on_end() -> None:
            self._inner = None
            self._drive(IterationResult(inside.status, inside.failure, inside.outputs()))

        self._inner = AutomationRun(self._world, inside, self._call, variables=variables, on_end=on_end)
        self._inner.begin()

    def _succeed(self, record: StepExecution, done: StepResult) -> None:
        self._close(record, "Success", "")
        record.outputs = done.outputs
        self._go(self._successor(record.step, done.next_step))

    def _settle(self, record: StepExecution, status: str, message: str) -> None:
        """The step did not succeed: try again, go where its rule says, or end the execution."""
        self._close(record, status, message)
        if status != "Cancelled" and self._attempt < self._attempts:
            record.status = "InProgress"
            self._after(BEFORE_RETRY, lambda: self._enter(record.step, self._attempt + 1))
            return
        step = record.step
        rule = step.on_cancel if status == "Cancelled" else step.on_failure
        failure = f"Step {step.name} ({step.action}) ended {status}: {message}"
        if rule.startswith("step:"):
            self._remember(step, status, failure)
            target = self.execution.runbook.step(rule.removeprefix("step:"))
            self._go(target)
        elif rule == "Continue":
            self._remember(step, status, failure)
            self._go(self._successor(step, ""))
        else:
            self._finish(self._final[0] if self._final[0] == "Cancelled" else status, failure)

    def _remember(self, step: RunbookStep, status: str, message: str) -> None:
        if step.is_critical and self._final[0] == "Success":
            self._final = (status, message)

    def _successor(self, step: RunbookStep, choice: str) -> RunbookStep | None:
        runbook = self.execution.runbook
        if choice:
            return runbook.step(choice)
        if step.is_end:
            return None
        return runbook.step(step.next_step) if step.next_step else runbook.after(step)

    def _go(self, step: RunbookStep | None) -> None:
        self._after(BETWEEN_STEPS, lambda: self._next(step))

    def _close(self, record: StepExecution, status: str, message: str) -> None:
        self._drop()
        record.status, record.failure, record.ended = status, message, self._world.clock.now()

    def _drop(self) -> None:
        """Forget what the present step waits for, and end what it has begun."""
        for event in self._scheduled:
            event.cancel()
        self._scheduled.clear()
        inner, action = self._inner, self._action
        self._inner = self._action = self._waits_for = None
        if inner:
            inner._ended = lambda: None
            inner.cancel()
        if action:
            action.close()

    def _finish(self, status: str, message: str) -> None:
        self._status(status)
        self.execution.ended = self._world.clock.now()
        self.execution.failure = message
        self._ended()

    def _status(self, status: str) -> None:
        cleaning = self._final[0] == "Cancelled" and status not in TERMINAL
        self.execution.status = "Cancelling" if cleaning else status

    def _after(self, delay: float, action: Any) -> None:
        self._scheduled.append(self._world.clock.after(delay, action))


@dataclass
class AutomationRuns:
    """Every run of a world by its id; `tokens` maps a client token to a run's id and to what was asked with it."""

    by_id: dict[str, AutomationRun] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)


_runs = PerWorld(AutomationRuns)


def runs(world: World) -> AutomationRuns:
    return _runs.of(world)
