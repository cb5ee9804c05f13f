"""What the live view shows, kept up to date by events: a picture of the run at this moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sre_agent.domain.action import Action, PolicyDecision
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.verification import Verification
from sre_agent.progress import Event


@dataclass
class AgentRow:
    """One specialist: `ended_at` None while it works; `doing` is the call under way or the last thing found."""

    name: str
    started_at: datetime
    ended_at: datetime | None = None
    calls: int = 0
    finished_calls: int = 0
    doing: str = ""
    running: int = 0


@dataclass
class LiveState:
    title: str = ""
    incident: str = ""
    opened_at: datetime | None = None
    now: datetime | None = None
    alarm: str = ""  # what the sender said
    about: list[str] = field(default_factory=list)
    agents: dict[str, AgentRow] = field(default_factory=dict)
    findings: list[tuple[str, str]] = field(default_factory=list)  # agent, what it found
    gaps: list[str] = field(default_factory=list)
    diagnosis: Diagnosis | None = None
    action: Action | None = None
    policy_decision: PolicyDecision | None = None
    decision: str = ""
    writes: list[str] = field(default_factory=list)
    waiting_until: datetime | None = None
    verification: Verification | None = None
    writing: str = ""  # the language that a model writing the report's account in
    outcome: str = ""
    thinking: str = ""  # what a model is asked before anybody is sent
    warnings: list[str] = field(default_factory=list)
    awaited: set[str] = field(default_factory=set)  # servers that take their time to start

    def on_event(self, event: Event) -> None:
        """Take one event in."""
        self.now = event.at
        self.incident = event.incident or self.incident
        data = event.data
        match event.kind:
            case "incident.opened":
                self.title, self.opened_at = event.name, event.at
                signal = data["signal"]
                texts = (signal.get("description", ""), signal.get("labels", {}).get("reason", ""))
                self.alarm = ". ".join(filter(None, texts))
            case "subject.resolved":
                self.about.append(event.name)
            case "agent.started":
                self._agent_started(event)
            case "call.started":
                self._call(event, done=False)
            case "call.ended":
                self._call(event, done=True)
                self.awaited.discard(event.data["server"])
            case "server.waited":
                self.awaited.add(event.name)
            case "agent.ended":
                self._agent_ended(event)
            case "model.asked":
                self._model_asked(event)
            case "model.routed":
                self.thinking = ""
            case "diagnosis":
                self.diagnosis, self.thinking = Diagnosis.model_validate(data["data"]), ""
            case "action.proposed":
                self.action, self.policy_decision = Action.model_validate(data["data"]), None
            case "policy_decision":
                self.policy_decision = PolicyDecision.model_validate(data)
            case "approval.decided":
                self.decision = f"{data.get('choice')} by {data.get('by')}"
            case "write.sent":
                self.writes.append(f"{event.name} …")
            case "write.answered":
                self.writes[-1:] = [f"{event.name}: {data['outcome']}"]
            case "waiting":
                self.waiting_until = datetime.fromisoformat(data["until"])
            case "verification":
                self.verification, self.waiting_until = Verification.model_validate(data["data"]), None
            case "model.words":
                self.writing, self.waiting_until = event.name, None
            case "incident.ended":
                self.writing = ""
                self.outcome = f"{event.name}/{data['reason']}"
            case "warning":
                self.warnings.append(str(data["text"]))

    def _agent_started(self, event: Event) -> None:
        row = self.agents.setdefault(event.name, AgentRow(event.name, event.at))
        row.calls += int(event.data["calls"])
        row.ended_at, row.doing = None, event.data.get("question", row.doing)
        self.waiting_until = None

    def _model_asked(self, event: Event) -> None:
        """A specialist at work asks for itself; others ask before anybody is sent."""
        row = self.agents.get(event.name)
        if row is not None and row.ended_at is None:
            row.doing = "asking the model"
        else:
            self.thinking = str(event.data["about"])

    def _agent_ended(self, event: Event) -> None:
        row = self.agents[event.name]
        row.ended_at = event.at
        texts = {text for _, text in self.findings}
        self.findings += [(event.name, text) for text in event.data["claims"] if text not in texts]
        self.gaps += [gap for gap in event.data["gaps"] if gap not in self.gaps]

    def _call(self, event: Event, *, done: bool) -> None:
        row = self.agents.get(event.data["agent"])
        if row is None:
            return
        row.finished_calls += int(done)
        row.running += -1 if done else 1
        row.calls = max(row.calls, row.finished_calls + row.running)  # a model says only as it goes how many it makes
        row.doing = (
            event.name
            if not done
            else (event.data["error"] or ", ".join(event.data["observations"][:3]) or "nothing abnormal")
        )
