"""Tools over alarms."""

from __future__ import annotations

from typing import Any, Literal

from mcp_servers.cloudwatch import extract_alarms as extract
from mcp_servers.contract.facts import Answer, Coverage, Relation
from mcp_servers.kit.aws import Account, as_of, gap
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kit.markdown import number, table, within
from mcp_servers.kit.near import near, offer

TYPES = ["MetricAlarm", "CompositeAlarm"]
PAGES = 20  # of 100 alarms
HISTORY = 20
SHOWN = 50

State = Literal["", "OK", "ALARM", "INSUFFICIENT_DATA"]


class Alarms:
    def __init__(self, account: Account) -> None:
        self._account = account

    def describe_alarm(self, name: str) -> Answer:
        """One alarm: its state and since when, why, what it measures and where its threshold lies, its last changes.

        `name` is the alarm's exact name; near names are offered when there is none.
        """
        account = self._account
        asked = f"describe_alarm(name={name!r})"
        answer = account.ask("cloudwatch", "describe_alarms", asked=asked, AlarmNames=[name], AlarmTypes=TYPES)
        found = answer.get("MetricAlarms", []) + answer.get("CompositeAlarms", [])
        if not found:
            raise TeachingError("not_found", asked, f"no alarm of that name in {account.scope}.", self._offer(name))
        alarm = found[0]
        history, covered = self._history(name)
        plain = extract.described(alarm)
        seen = extract.observed(alarm, history, account.scope)
        relations: list[Relation] = extract.watches(alarm, account.scope)
        return Answer(
            text=_text(plain, history, relations),
            as_of=as_of(answer),
            data={"alarm": plain, "history": history},
            observations=[seen] if seen else [],
            relations=relations,
            coverage=[Coverage(looked_at=f"alarm {name}"), covered, *account.gaps()],
        )

    def list_alarms(self, prefix: str = "", state: State = "") -> Answer:
        """Alarms by the beginning of their name and by state; the firing ones first."""
        account = self._account
        params: dict[str, Any] = {"AlarmTypes": TYPES, "MaxRecords": 100}
        params |= {"AlarmNamePrefix": prefix} if prefix else {}
        params |= {"StateValue": state} if state else {}
        pages = account.pages("cloudwatch", "describe_alarms", limit=PAGES, **params)
        alarms = [a for page in pages for a in page.get("MetricAlarms", []) + page.get("CompositeAlarms", [])]
        alarms.sort(key=lambda a: (a.get("StateValue") != "ALARM", a["AlarmName"]))
        rows = [
            {k: v for k, v in extract.described(a).items() if k in ("name", "state", "since", "metric", "dimensions")}
            for a in alarms
        ]
        kept = within(rows[:SHOWN], 9_000)
        seen = [o for a in alarms[:SHOWN] if (o := extract.observed(a, [], account.scope)) is not None]
        firing = sum(1 for a in alarms if a.get("StateValue") == "ALARM")
        looked_at = f"alarms {prefix or '(all)'}" + (f" in state {state}" if state else "")
        assert pages.as_of is not None
        return Answer(
            text=f"{len(alarms)} alarms, {firing} firing.\n\n"
            + table(["alarm", "state", "since", "metric"], [_row(row) for row in kept]),
            as_of=pages.as_of,
            data={"alarms": kept, "total": len(alarms), "firing": firing},
            observations=[o for o in seen if o.code == "alarm.firing"][:20],
            relations=[
                r for a in alarms[:SHOWN] if a.get("StateValue") == "ALARM" for r in extract.watches(a, account.scope)
            ],
            coverage=[Coverage(looked_at=looked_at, state="truncated" if pages.cut else "complete"), *account.gaps()],
            left_out={"alarms": len(rows) - len(kept)} if len(rows) > len(kept) else {},
        )

    def _history(self, name: str) -> tuple[list[dict[str, str]], Coverage]:
        looked_at = f"state changes of alarm {name}"
        try:
            answer = self._account.ask(
                "cloudwatch",
                "describe_alarm_history",
                AlarmName=name,
                HistoryItemType="StateUpdate",
                ScanBy="TimestampDescending",
                MaxRecords=HISTORY,
            )
        except TeachingError as problem:
            return [], gap(problem, looked_at)
        cut = bool(answer.get("NextToken"))
        detail = f"the newest {HISTORY}" if cut else "CloudWatch keeps them for 30 days"
        covered = Coverage(looked_at=looked_at, state="truncated" if cut else "complete", detail=detail)
        return extract.changes(answer.get("AlarmHistoryItems", [])), covered

    def _offer(self, name: str) -> str:
        pages = self._account.pages("cloudwatch", "describe_alarms", limit=PAGES, AlarmTypes=TYPES, MaxRecords=100)
        try:
            names = [a["AlarmName"] for p in pages for a in p.get("MetricAlarms", []) + p.get("CompositeAlarms", [])]
        except TeachingError as problem:
            return f"Near names cannot be offered: {problem}"
        return offer(near(name, names))


def _row(plain: dict[str, Any]) -> list[str]:
    return [plain["name"], plain.get("state", ""), plain.get("since", ""), plain.get("metric", "")]


def _text(plain: dict[str, Any], history: list[dict[str, str]], relations: list[Relation]) -> str:
    lines = [f"Alarm {plain['name']}: {plain.get('state')} since {plain.get('since', 'unknown')}."]
    if "threshold" in plain:
        periods = f"{plain.get('datapoints_to_alarm') or plain.get('evaluation_periods')} of"
        lines.append(
            f"Goes off when {plain.get('statistic', '')} of {plain.get('namespace', '')}/{plain['metric']}"
            f" {plain.get('dimensions', '')} is {plain.get('comparison')} {number(plain['threshold'])}"
            f" in {periods} {plain.get('evaluation_periods')} periods of {plain.get('period')} s"
            f" (missing data: {plain['missing_data']})."
        )
    elif "rule" in plain:
        lines.append(f"Rule: {plain['rule']}")
    if "value" in plain:
        lines.append(f"Last value evaluated: {number(plain['value'])}.")
    lines += [f"Watches {relation.target.short}." for relation in relations]
    lines += [f"Reason: {plain['reason']}"] if "reason" in plain else []
    lines += [f"- {change['at']} {change['from']} -> {change['to']}" for change in history[:10]]
    return "\n".join(lines)
