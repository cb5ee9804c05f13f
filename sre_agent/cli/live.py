"""The live view: the run as one picture in the terminal, redrawn as it goes on."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from sre_agent.cli import approval
from sre_agent.cli.live_state import LiveState
from sre_agent.cli.view import account
from sre_agent.clock import Clock
from sre_agent.domain.action import Action
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.incident import Incident
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.question import ApprovalAnswer, Question
from sre_agent.domain.report import Report
from sre_agent.progress import Event

FINDINGS = 10
TERMS = 8
TALL = 60  # lines from which the findings still fit above the diagnosis and the action
WIDE = 80  # columns from which what stands aside has room in its own line
COLOURS = {"allow": "green", "approve": "yellow", "deny": "red"}


class LiveView:
    """Owns the terminal between the first event and `close`."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._live_state = LiveState()
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=8, transient=False)
        self._started = False

    def on_event(self, event: Event) -> None:
        self._live_state.on_event(event)
        if not self._started:
            self._live.start()
            self._started = True

    def ask(self, question: Question, now: datetime) -> ApprovalAnswer | None:
        self._pause()
        answer = approval.ask(question, now, self._console)
        if answer is None:
            return None
        self._live = Live(get_renderable=self._render, console=self._console, refresh_per_second=8)
        self._live.start()
        self._started = True
        return answer

    def ended(self, incident: Incident, report: Report | None, paths: list[str]) -> None:
        self._pause()
        good = incident.status != "escalated"
        text = Text(f"{report.verdict}\n\n{account(report)}" if report else "", style="default")
        title = f"{incident.status}/{incident.reason}" if not incident.open else "waiting for approval"
        self._console.print(Panel(text, title=title, border_style="green" if good else "red", title_align="left"))
        for path in paths:
            self._console.print(f"Report: {path}", soft_wrap=True, highlight=False)

    def close(self) -> None:
        self._pause()

    def _pause(self) -> None:
        if self._started:
            self._live.stop()
            self._started = False

    def _render(self) -> RenderableType:
        live_state, now, wide = self._live_state, self._clock.now(), self._console.width >= WIDE
        parts: list[RenderableType] = [_header(live_state, now), _agents(live_state, now)]
        if live_state.awaited:
            parts.append(Text(f"● waiting for {', '.join(sorted(live_state.awaited))} to start", style="yellow"))
        if live_state.thinking:
            parts.append(Text(f"● asking the model {live_state.thinking}", style="cyan"))
        if live_state.findings and (live_state.diagnosis is None or self._console.height >= TALL):
            parts.append(_findings(live_state, wide=wide))
        if live_state.diagnosis is not None:
            parts.append(_diagnosis(live_state.diagnosis, wide=wide))
        if live_state.action is not None:
            parts.append(_action(live_state, live_state.action))
        if live_state.verification is not None or live_state.writes:
            parts.append(_healing(live_state, now, wide=wide))
        if live_state.writing:
            parts.append(Text(f"● writing the report ({live_state.writing})", style="cyan"))
        parts += [Text(f"! {warning}", style="yellow") for warning in live_state.warnings[-3:]]
        return Group(*self._fitting(parts))

    def _fitting(self, parts: list[RenderableType]) -> list[RenderableType]:
        """The head and as many of the newest parts as the window is high: what happens now must not be cut off."""
        room = self._console.height - 1 - len(self._console.render_lines(parts[0], pad=False))
        visible: list[RenderableType] = []
        for part in reversed(parts[1:]):
            room -= len(self._console.render_lines(part, pad=False))
            if room < 0 and visible:
                break
            visible.insert(0, part)
        return [parts[0], *visible]


def _header(live_state: LiveState, now: datetime) -> RenderableType:
    elapsed = (now - live_state.opened_at).total_seconds() if live_state.opened_at else 0.0
    line = Text.assemble((live_state.title, "bold"), f"   {live_state.incident}   {elapsed:5.1f} s")
    alarm = Text(live_state.alarm, style="red")
    about = Text("about " + ", ".join(live_state.about), style="dim") if live_state.about else Text("")
    return Group(line, alarm, about)


def _agents(live_state: LiveState, now: datetime) -> RenderableType:
    table = _grid(5)
    for row in live_state.agents.values():
        at_work = row.ended_at is None
        mark = Text("●", style="cyan") if at_work else Text("✓", style="green")
        seconds = ((row.ended_at or now) - row.started_at).total_seconds()
        table.add_row(
            mark,
            row.name,
            f"{row.finished_calls}/{row.calls} calls",
            f"{seconds:4.1f} s",
            Text(row.doing[:70], style="dim"),
        )
    return table


def _grid(columns: int) -> Table:
    """Columns without lines; a word that is wider than its column goes on in the next line."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(columns):
        table.add_column(overflow="fold")
    return table


def _aside(text: str, *, one_line: bool) -> Text:
    """What may be cut where there is room for one line of it, and is shown whole where there is hardly any."""
    return Text(text, style="dim", overflow="ellipsis" if one_line else "fold", no_wrap=one_line)


def _findings(live_state: LiveState, *, wide: bool) -> RenderableType:
    table = _grid(2)
    for agent, text in live_state.findings[:FINDINGS]:
        findings_text = Text(text, overflow="ellipsis" if wide else "fold", no_wrap=wide)
        table.add_row(Text(agent, style="dim"), findings_text)
    more = len(live_state.findings) - FINDINGS
    if more > 0:
        table.add_row("", Text(f"and {more} more", style="dim"))
    return Panel(table, title="findings", title_align="left", border_style="dim")


def _diagnosis(diagnosis: Diagnosis, *, wide: bool) -> RenderableType:
    parts: list[RenderableType] = [Text(diagnosis.statement)]
    hypothesis = diagnosis.leading
    title = diagnosis.verdict.replace("_", " ")
    if hypothesis is not None:
        title += f": {hypothesis.title} on {hypothesis.subject.short}, {whole_percent(hypothesis.confidence)}%"
        table = _grid(3)
        for term in hypothesis.terms[:TERMS]:
            sign = Text(f"{term.weight:+d}", style="green" if term.weight > 0 else "red")
            table.add_row(sign, term.observation, _aside(term.note or term.excerpt, one_line=wide))
        table.add_row(Text(f"{hypothesis.score:+d}", style="bold"), "sum", "")
        parts.append(table)
    return Panel(Group(*parts), title=title, title_align="left")


def _action(live_state: LiveState, action: Action) -> RenderableType:
    parts: list[RenderableType] = [Text(action.asks, style="bold"), Text(action.blast_radius)]
    if action.diff:
        parts.append(Syntax("\n".join(action.diff[:24]), "diff", background_color="default", word_wrap=True))
    if live_state.policy_decision is not None:
        parts.append(
            Text(
                f"{live_state.policy_decision.verdict}: {live_state.policy_decision.reason}",
                style=COLOURS[live_state.policy_decision.verdict],
            )
        )
    if live_state.decision:
        parts.append(Text(live_state.decision, style="bold"))
    return Panel(Group(*parts), title="action", title_align="left", border_style="yellow")


def _healing(live_state: LiveState, now: datetime, *, wide: bool) -> RenderableType:
    table = _grid(3)
    for line in live_state.writes:
        table.add_row(Text("→", style="yellow"), line, "")
    pending = live_state.verification is not None and not live_state.verification.failed and not live_state.outcome
    failed = Text("…", style="yellow") if pending else Text("✗", style="red")
    for check in live_state.verification.checks if live_state.verification else []:
        mark = {True: Text("✓", style="green"), False: failed, None: Text("?", style="yellow")}[check.ok]
        table.add_row(mark, check.what, _aside(check.reading, one_line=wide))
    if live_state.waiting_until is not None:
        left = max(0.0, (live_state.waiting_until - now).total_seconds())
        table.add_row("", Text(f"next check in {left:.0f} s", style="dim"), "")
    return Panel(table, title="recovery", title_align="left", border_style="green")
