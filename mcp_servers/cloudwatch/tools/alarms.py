"""Tools over alarms."""

from __future__ import annotations

from typing import Any, Literal

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.observe import alarms as extract
from mcp_servers.cloudwatch.tools.alarm_parts import TYPES, AlarmParts, ChildAlarm, parts
from mcp_servers.cloudwatch.tools.alarm_usual import often_crossed
from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Coverage, Relation
from mcp_servers.serving import cursors
from mcp_servers.serving.aws import AwsAccount, as_of, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import number, table, within
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

PAGES = 20  # of 100 alarms
HISTORY = 20
HISTORY_ITEMS = 100  # read of one alarm: states, definitions and actions together
DISPLAY_LIMIT = 50
FIRING_CHILDREN = 10  # firing children
WATCHING = 20  # alarms of one answer whose relations are told, the firing ones first
CHILDREN = 4_000  # characters of children in one answer
OF_A_CHILD = (
    *("name", "state", "since", "namespace", "metric", "dimensions", "statistic", "period"),
    *("threshold", "comparison", "value"),
)
LISTING_CHARACTERS = 6_000  # characters of alarms in one answer

State = Literal["", "OK", "ALARM", "INSUFFICIENT_DATA"]


class Alarms:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Describe an alarm")
    def describe_alarm(self, name: inputs.AlarmName) -> Answer:
        """One alarm: its state and since when, why, what it measures, its threshold, and its last changes.

        A composite alarm is expanded to its children, and the firing ones are described too; an anomaly alarm shows the
        expected band; mute rules are listed. `name` is the alarm's exact name; similar names are suggested when
        it does not exist.
        """
        account = self._account
        request = f"describe_alarm(name={name!r})"
        answer = account.ask("cloudwatch", "describe_alarms", request=request, AlarmNames=[name], AlarmTypes=TYPES)
        alarms = answer.get("MetricAlarms", []) + answer.get("CompositeAlarms", [])
        if not alarms:
            raise TeachingError("not_found", request, f"no such alarm in {account.scope}.", self._offer(name))
        alarm = alarms[0]
        items, coverage = self._history(name)
        history, others = extract.changes(items), extract.other_changes(items)
        behind = parts(account, alarm, as_of(answer))
        plain = extract.alarm_text(alarm)
        observation = extract.observed(alarm, history, account.scope)
        usual, usual_coverage = often_crossed(account, alarm, as_of(answer))
        family = sorted(behind.children, key=lambda child: child.alarm.get("StateValue") != "ALARM")
        firing = [child.alarm for child in family if child.alarm.get("StateValue") == "ALARM"]
        watching = [alarm, *(child.alarm for child in family)]
        relations: list[Relation] = [r for one in watching[:WATCHING] for r in extract.watches(one, account.scope)]
        children = [_child(child) for child in family]
        shown_children = within(children, CHILDREN)
        return Answer(
            text=_text(plain, history, relations) + _parts_text(behind, others),
            as_of=as_of(answer),
            data={"alarm": plain, "history": history[:HISTORY], "changes": others[:HISTORY]}
            | ({"children": shown_children} if children else {})
            | ({"muted": behind.mutes} if behind.mutes else {})
            | ({"band": behind.band} if behind.band else {}),
            observations=[
                *([observation] if observation else []),
                *(o for one in firing[:FIRING_CHILDREN] if (o := extract.observed(one, [], account.scope)) is not None),
                *usual,
                *extract.lacking(alarm, account.scope),
                *extract.muted(alarm, behind.mutes, account.scope),
                *extract.redefined(alarm, others, account.scope),
            ],
            relations=relations,
            coverage=[
                Coverage(looked_at=f"alarm {name}"),
                coverage,
                *usual_coverage,
                *behind.coverage,
                *account.gaps(),
            ],
            left_out={"children": len(children) - len(shown_children)} if len(children) > len(shown_children) else {},
        )

    @read_tool("List alarms")
    def list_alarms(
        self, prefix: inputs.AlarmPrefix = "", state: inputs.AlarmState = "", cursor: inputs.Cursor = ""
    ) -> Answer:
        """List alarms by name prefix and state, firing ones first."""
        account = self._account
        params: dict[str, Any] = {"AlarmTypes": TYPES, "MaxRecords": 100}
        params |= {"AlarmNamePrefix": prefix} if prefix else {}
        params |= {"StateValue": state} if state else {}
        pages = account.pages("cloudwatch", "describe_alarms", limit=PAGES, **params)
        alarms = [a for page in pages for a in page.get("MetricAlarms", []) + page.get("CompositeAlarms", [])]
        alarms.sort(key=lambda a: (a.get("StateValue") != "ALARM", a["AlarmName"]))
        rows = [
            {k: v for k, v in extract.alarm_text(a).items() if k in ("name", "state", "since", "metric", "dimensions")}
            for a in alarms
        ]
        offset = cursors.offset(cursor)
        page = within(rows[offset:], LISTING_CHARACTERS)
        rest = len(rows) - offset - len(page)
        observations = [
            o
            for a in alarms[offset : offset + DISPLAY_LIMIT]
            if (o := extract.observed(a, [], account.scope)) is not None
        ]
        firing = sum(1 for a in alarms if a.get("StateValue") == "ALARM")
        looked_at = f"alarms {prefix or '(all)'}" + (f" in state {state}" if state else "")
        assert pages.as_of is not None
        return Answer(
            text=f"{len(alarms)} alarms, {firing} firing.\n\n"
            + table(["alarm", "state", "since", "metric"], [_row(row) for row in page])
            + (f"\n{rest} more: call again with data.cursor." if rest else ""),
            as_of=pages.as_of,
            data={"alarms": page, "total": len(alarms), "firing": firing}
            | ({"cursor": cursors.encode(offset=offset + len(page))} if rest and page else {}),
            observations=[o for o in observations if o.code == "alarm.firing"][:20],
            relations=[
                r
                for a in alarms[offset : offset + DISPLAY_LIMIT]
                if a.get("StateValue") == "ALARM"
                for r in extract.watches(a, account.scope)
            ],
            coverage=[Coverage(looked_at=looked_at, state="truncated" if pages.cut else "complete"), *account.gaps()],
            left_out={"alarms": rest} if rest else {},
        )

    def _history(self, name: str) -> tuple[list[dict[str, Any]], Coverage]:
        looked_at = f"history of alarm {name}"
        try:
            answer = self._account.ask(
                "cloudwatch",
                "describe_alarm_history",
                AlarmName=name,
                AlarmTypes=TYPES,
                ScanBy="TimestampDescending",
                MaxRecords=HISTORY_ITEMS,
            )
        except TeachingError as problem:
            return [], gap(problem, looked_at)
        cut = bool(answer.get("NextToken"))
        detail = f"the newest {HISTORY_ITEMS} items" if cut else "CloudWatch keeps them for 30 days"
        coverage = Coverage(looked_at=looked_at, state="truncated" if cut else "complete", detail=detail)
        return answer.get("AlarmHistoryItems", []), coverage

    def _offer(self, name: str) -> str:
        pages = self._account.pages("cloudwatch", "describe_alarms", limit=PAGES, AlarmTypes=TYPES, MaxRecords=100)
        try:
            names = [a["AlarmName"] for p in pages for a in p.get("MetricAlarms", []) + p.get("CompositeAlarms", [])]
        except TeachingError as problem:
            return f"Similar names cannot be suggested: {problem}"
        return offer(near(name, names))


def _row(plain: dict[str, Any]) -> list[str]:
    return [plain["name"], plain.get("state", ""), plain.get("since", ""), plain.get("metric", "")]


def _child(child: ChildAlarm) -> dict[str, Any]:
    plain = extract.alarm_text(child.alarm)
    fields = {name: plain[name] for name in OF_A_CHILD if name in plain}
    return fields | {"wanted": child.required_state, "holds": child.holds, "parent": child.parent, "depth": child.depth}


def _parts_text(behind: AlarmParts, others: list[dict[str, str]]) -> str:
    """Children that fulfil the rule first; mutes, band and other changes in a line each."""
    lines = [f"Muted: {mute['by']}" + (f" until {mute['until']}" if mute["until"] else "") for mute in behind.mutes]
    if band := behind.band:
        expected = f"{number(band['lower'])} to {number(band['upper'])}"
        lines.append(f"At {band['at']} the value was {number(band['value'])}, expected {expected}.")
    lines += [f"- {change['at']} {change['what']}" for change in others[:5]]
    if behind.children:
        ordered = sorted(behind.children, key=lambda child: not child.holds)
        rows = [
            [
                f"{'  ' * (child.depth - 1)}{plain['name']}",
                plain.get("state", ""),
                child.required_state,
                plain.get("since", ""),
            ]
            for child in ordered[:FIRING_CHILDREN]
            for plain in [extract.alarm_text(child.alarm)]
        ]
        hold = sum(child.holds for child in behind.children)
        lines += [f"{hold} of {len(behind.children)} alarms of its rule are in the state that it requires:", ""]
        lines.append(table(["alarm", "state", "wanted", "since"], rows))
    return "".join(f"\n{line}" for line in lines)


def _text(plain: dict[str, Any], history: list[dict[str, str]], relations: list[Relation]) -> str:
    lines = [f"Alarm {plain['name']}: {plain.get('state')} since {plain.get('since', 'unknown')}."]
    if "threshold" in plain:
        periods = f"{plain.get('datapoints_to_alarm') or plain.get('evaluation_periods')} of"
        lines.append(
            f"Fires when {plain.get('statistic', '')} of {plain.get('namespace', '')}/{plain['metric']}"
            f" {plain.get('dimensions', '')} is {plain.get('comparison')} {number(plain['threshold'])}"
            f" in {periods} {plain.get('evaluation_periods')} periods of {plain.get('period')} s"
            f" (missing data: {plain['missing_data']})."
        )
    elif "rule" in plain:
        lines.append(f"Rule: {plain['rule']}")
    if "value" in plain:
        lines.append(f"Last value evaluated: {number(plain['value'])}.")
    lines += [f"Watches {name}." for name in dict.fromkeys(r.target.short for r in relations[:FIRING_CHILDREN])]
    lines += [f"Reason: {untrusted(plain['reason'])}"] if "reason" in plain else []
    lines += [f"- {change['at']} {change['from']} -> {change['to']}" for change in history[:10]]
    return "\n".join(lines)
