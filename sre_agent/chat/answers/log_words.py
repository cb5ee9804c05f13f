"""What a study of logs says, in words: counts, kinds of lines, numbers with how they went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.lookup_session import data
from sre_agent.diagnosis.phrasing import TimeFormat, sentence
from sre_agent.domain.duration import duration

ROSE: Final = 2.0  # times its beginning, that a number has to grow to count as grown
NEWEST: Final = 50_000  # lines
FULL: Final = 0.95  # of its whole, at which a share counts as used up
LINE: Final = 180
KINDS: Final = 6
WHOLE: Final = 2  # facts of a log as a whole that are told


class LogTrouble(NamedTuple):
    """What the logs tell of trouble, empty for nothing. `in_lines`: some lines are errors or warnings, or a number grew
    all along. `ending`: its last line, which of a program that ended may say why."""

    text: str = ""
    in_lines: bool = False
    ending: str = ""


async def trouble(talk: AnswerContext, subject: Subject) -> LogTrouble:
    """Error lines, what stood last before them, what the log shows as a whole, and numbers that grew or reached their
    limit.
    """
    arguments = {"namespace": subject.namespace, "name": subject.name, "limit": 3}
    evidence = await talk.lookups.look_up("kubernetes", "kubectl_study_logs", **arguments)
    if evidence.answer is None:  # too much to be read in time: the newest lines tell how it is now
        evidence = await talk.lookups.look_up("kubernetes", "kubectl_study_logs", **arguments, most_lines=NEWEST)
    study = data(evidence)
    if not study.get("matched"):
        return LogTrouble()
    wrong = [kind for kind in study["kinds"] if kind["severity"] in ("error", "warning")]
    trends = [text for measure in study["measures"] if not measure["grew"] and (text := trend_of(measure))]
    last = str(study["lines"][0]["text"]) if study["lines"] else ""
    whole = list(evidence.answer.observations if evidence.answer else [])
    whole = [observation for observation in whole if wrong or "ended" in observation.attributes][
        :WHOLE
    ]  # load alone is no trouble
    if not wrong and not trends and not whole:
        return LogTrouble(ending=f'Its log ends with "{excerpt(last, LINE)}". {talk.lookups.cite(evidence, last)}')
    parts = []
    if wrong:
        kinds_text = "; ".join(f'"{excerpt(kind["pattern"], LINE)}" ({kind["count"]} times)' for kind in wrong[:4])
        parts.append(
            f"Its logs report problems: {study['errors']} error and {study['warnings']} warning lines of"
            f" {study['read']}, {kinds_text}, for example: {excerpt(wrong[0]['example'], LINE)}"
        )
    if wrong and study.get("before") and not any(observation.attributes.get("before") for observation in whole):
        earlier_text = "; ".join(f'{one["last"]} "{excerpt(one["example"], LINE)}"' for one in study["before"])
        parts.append(f"Last before it began: {earlier_text}")
    parts += [
        f"{text[:1].upper()}{text[1:]}" for text in (sentence(observation, TimeFormat()) for observation in whole)
    ]
    if trends:
        parts.append(f"{'Figures' if wrong else 'Figures in its logs'} that changed: {'; '.join(trends[:3])}")
    mark = talk.lookups.cite(evidence, str((wrong or study["kinds"])[0]["example"]))
    return LogTrouble(f"{'. '.join(parts)}. {mark}", bool(wrong or whole))


def trend_of(measure: Mapping[str, Any]) -> str:
    """How a number went, where it went anywhere: it grew, or reached what it is a share of."""
    if measure["unit"] == "of":
        whole = float(measure.get("whole") or 0)
        if whole and float(measure["most"]) >= FULL * whole:
            return f'"{measure["name"]}" reached {measure["most"]:g} of {whole:g} (usually {measure["middle"]:g})'
        return ""
    began, last = max(float(measure["began"]), 1e-9), float(measure["ended"])
    stays = last >= ROSE * began and last > float(measure["early"])
    had_peak = float(measure["peak"]) >= ROSE * max(began, float(measure["middle"]))
    if measure["unit"] != "s" or measure["count"] < 3 or not (stays or had_peak):
        return ""
    verb = "increased" if stays else "rose for a while"
    return (
        f'"{measure["name"]}" {verb}: {duration(float(measure["began"]))} at first,'
        f" {duration(last)} at the end, at most {duration(float(measure['most']))}"
    )


def figures(measure: Mapping[str, Any], what: str) -> str:
    """A number that was asked for: how often it was stated, and its range."""
    count, unit = measure["count"], measure["unit"]

    def figure(name: str) -> str:
        return duration(float(measure[name])) if unit == "s" else f"{measure[name]:g}"

    times = "once" if count == 1 else f"{count} times"
    if measure["least"] == measure["most"]:
        return f'"{what}" appears {times}: {figure("most")}'
    return (
        f'"{what}" appears {times}: from {figure("least")} to {figure("most")}, typically {figure("middle")}'
        f" (at first {figure('began')}, last {figure('ended')})"
    )


def kind_lines(study: Mapping[str, Any], field: str) -> list[str]:
    """How often each kind of line stands there; `field` is what of it is told: its `pattern` or an `example`."""
    kind_list = [f"- {kind['count']} times: {excerpt(str(kind[field]), LINE)}" for kind in study["kinds"][:KINDS]]
    more = study["number_of_kinds"] - len(kind_list)
    return [*kind_list, *([f"and {more} other kinds."] if more > 0 else [])]


def lines(rows: Sequence[Mapping[str, Any]], room: int) -> list[str]:
    """Log lines in the order of time, as many as there is room for, each cut alike so that all have a part."""
    if not rows:
        return []
    each = max(60, min(320, room // len(rows) - 26))
    return [_line(str(line["at"]), str(line["text"]), each) for line in rows]


def _line(at: str, text: str, room: int) -> str:
    """With the time of day, where the line does not begin with a time of its own."""
    return excerpt(text if text[:5].strip("[")[:3].isdigit() else f"{at[11:19]} {text}", room + 9)
