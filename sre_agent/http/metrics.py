"""What `/metrics` tells, under the names and in the buckets that operators of agents expect."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sre_agent.progress import Event

RUN_BUCKETS: Final = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)  # seconds from an incident's opening to its end
STEP_BUCKETS: Final = (5, 10, 15, 20, 30, 50, 80, 120)
REQUEST_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
RequestKind = Literal["incident", "chat", "sweep"]
OPEN_INCIDENTS: Final = 10_000  # whose steps are counted at once


class ServiceMetrics:
    """Counted in this process from the progress of its runs; gauges are set when somebody asks."""

    def __init__(self) -> None:
        own = CollectorRegistry()
        self.registry = own
        self.requests = Counter(
            "agent_requests",
            "Incidents, questions and sweeps that ended, by kind, status and reason",
            ["kind", "status", "reason"],
            registry=own,
        )  # exposed with _total, as every counter
        self.latency = Histogram(
            "agent_latency_seconds", "Time from an incident's opening to its end", buckets=RUN_BUCKETS, registry=own
        )
        self.diagnosis = Histogram(
            "agent_diagnosis_seconds",
            "Time from an incident's opening to its first diagnosis",
            buckets=RUN_BUCKETS,
            registry=own,
        )
        self.graded = Counter(
            "agent_verdicts_graded",
            "Verdicts that people graded, by how right they were",
            ["correctness"],
            registry=own,
        )
        self.steps = Histogram("agent_steps_count", "Graph steps of an incident", buckets=STEP_BUCKETS, registry=own)
        self.tool_calls = Counter("agent_tool_calls", "Tool calls", ["tool", "status"], registry=own)
        self.cost = Gauge("agent_cost_usd", "Cost of chat models in the last day, in US dollars", registry=own)
        self.active = Gauge("active_agents", "Incidents being worked on now", registry=own)
        self.depth = Gauge("agent_queue_depth", "Messages on the queue", ["state"], registry=own)
        self.oldest = Gauge("agent_queue_oldest_seconds", "Age of the oldest message that is due", registry=own)
        self.dead_letters = Gauge(
            "agent_dead_letters", "Messages that failed too often and are set aside", registry=own
        )
        self.sweep_age = Gauge("agent_sweep_age_seconds", "Time since the last health sweep ended", registry=own)
        self.backup_age = Gauge("agent_backup_age_seconds", "Time since the last whole backup was begun", registry=own)
        self.level = Gauge("agent_degradation_level", "1 for the present level of degradation", ["level"], registry=own)
        self.provider = Gauge(
            "llm_provider_healthy",
            "0 while the circuit breaker of the model is open",
            ["provider", "model"],
            registry=own,
        )
        self.dependency = Gauge(
            "agent_dependency_healthy",
            "0 while the dependency fails or its circuit breaker is open",
            ["kind", "name"],
            registry=own,
        )
        self.reuse = Counter(
            "agent_cache_requests", "Answers of models and results of Logs Insights", ["cache", "result"], registry=own
        )
        self.approvals = Gauge("agent_approvals_waiting", "Open approval questions", registry=own)
        self.http = Histogram(
            "agent_http_request_seconds",
            "HTTP responses",
            ["method", "route", "status"],
            buckets=REQUEST_BUCKETS,
            registry=own,
        )
        self._answers: dict[str, int] = {}
        for age in (self.sweep_age, self.backup_age):
            age.set(float("nan"))  # until there is one
        self._steps: OrderedDict[str, int] = OrderedDict()  # by incident, in this process
        self._openings: OrderedDict[str, datetime] = OrderedDict()  # of incidents without a diagnosis, in this process

    def answers_reused(self, hits: int, misses: int) -> None:
        """Of models, since the process began."""
        for result, count in (("hit", hits), ("miss", misses)):
            self.reuse.labels("model", result).inc(count - self._answers.get(result, 0))
            self._answers[result] = count

    def count(self, kind: RequestKind, status: str, reason: str = "") -> None:
        """A request of this kind has ended so."""
        self.requests.labels(kind, status, reason).inc()

    def on_event(self, event: Event) -> None:
        """From any thread."""
        match event.kind:
            case "incident.opened":
                self._openings[event.incident] = event.at
                if len(self._openings) > OPEN_INCIDENTS:
                    self._openings.popitem(last=False)
            case "diagnosis":
                if (opening := self._openings.pop(event.incident, None)) is not None:
                    self.diagnosis.observe(max(0.0, (event.at - opening).total_seconds()))
            case "incident.graded":
                self.graded.labels(event.name).inc()
            case "node.ended":
                self._steps[event.incident] = self._steps.pop(event.incident, 0) + 1
                if len(self._steps) > OPEN_INCIDENTS:  # another process ends them
                    self._steps.popitem(last=False)
            case "call.ended":
                self.tool_calls.labels(event.name, "gap" if event.data.get("error") else "ok").inc()
                reused = int(event.data.get("queries_reused", 0))
                self.reuse.labels("logs_insights", "hit").inc(reused)
                self.reuse.labels("logs_insights", "miss").inc(int(event.data.get("queries", 0)) - reused)
            case "incident.ended":
                self.count("incident", event.name, str(event.data.get("reason", "")))
                self._openings.pop(event.incident, None)
                self.steps.observe(self._steps.pop(event.incident, 0))
                if (seconds := event.data.get("seconds")) is not None:
                    self.latency.observe(max(0.0, float(seconds)))
