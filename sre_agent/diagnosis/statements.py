"""The one answer in plain words: what is wrong, on what, by which facts, since when. Never what it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import names as naming
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.claims import ClaimCheck, told_of
from sre_agent.diagnosis.corrections import corrections, in_words
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.health import Health
from sre_agent.diagnosis.phrasing import TimeFormat, sentence, when
from sre_agent.diagnosis.rollout_before import told_of_rollout
from sre_agent.diagnosis.texts import TextProblem, Texts
from sre_agent.diagnosis.topology import Keys
from sre_agent.diagnosis.view import affected
from sre_agent.diagnosis.visible_trouble import VisibleTrouble, by_priority
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import FieldCorrection, Hypothesis
from sre_agent.domain.percent import whole_percent

LONGEST: Final = 700
EXCERPT: Final = 220
CLAIM: Final = 560
FACTS: Final = 2
BESIDES: Final = ". Independently: "
WHOLE: Final = TimeFormat()  # a statement is read on other days, too


@dataclass(frozen=True)
class CauseStatement:
    """What is said of a cause, the calls whose facts it is filled in from, and what is wrong with its class file."""

    text: str
    evidence: tuple[EvidenceId, ...]
    fault: str = ""


def of_cause(draft: Draft, *, started_at: datetime | None, own: Keys | None = None) -> CauseStatement:
    """The class's own words, and the rollout that came just before. Where the words cannot be filled in: its title with
    what is seen, and the fault. `own` are the keys of what the signal names."""
    values = naming.names(draft.view, draft.supporting, draft.kind, started_at=started_at)
    since = f" {_began(draft, draft.since)}." if draft.since else ""
    texts = Texts(draft.view, values)
    try:
        text = naming.sentence(texts.render(draft.kind.statement))
        fault = "" if text else draft.kind.fault("statement", "it says nothing here")
    except TextProblem as problem:
        text, fault = "", draft.kind.fault("statement", problem)
    text = f"{text} {_tie(draft)}".strip() if draft.only_configured else text
    changes = corrections(draft)
    sources = dict.fromkeys([*texts.evidence, *(change.evidence for change in changes)])
    whole = within(text or _by_title(draft), since)
    tail = next((one for one in _corrections(changes) if len(whole) + len(one) <= LONGEST), "")
    text = within(whole, tail)
    if rollout := told_of_rollout(draft, own or set(), started_at=started_at, text=text):
        words, observed_fact = rollout
        sources[observed_fact.evidence] = None
        text = within(text, words)
    return CauseStatement(text, tuple(sources), fault)


def _tie(draft: Draft) -> str:
    """How the cause is tied to who complains, where no log names it."""
    callers = ", ".join(one.short for one in affected(draft.view)[:FACTS])
    return f"{callers} is configured to call it; no log names it." if callers else ""


def _corrections(changes: Sequence[FieldCorrection]) -> Iterator[str]:
    """The changes that are evident, each time in fewer words: without the present values, then without the longest."""
    evident = [one for one in changes if not one.without_precedent]
    for with_present in (True, False):
        yield _to_correct([in_words(one, with_present=with_present) for one in evident])
    texts = [in_words(one) for one in evident]
    while len(texts) > 1:
        texts.remove(max(texts, key=len))
        yield _to_correct(texts)


def _to_correct(texts: Sequence[str]) -> str:
    return f" To correct it: {'; '.join(texts)}." if texts else ""


def _began(draft: Draft, since: datetime) -> str:
    """An instant, or the period in which it happened where only a metric tells it."""
    first = [s for s in draft.supporting if recency.first_seen(s.observation) == since]
    if not first or not all(s.code in recency.BY_PERIOD for s in first):
        return f"Since {WHOLE.instant(since)}"
    return f"Began {WHOLE.between(since, first[0].period)}"


def _by_title(draft: Draft) -> str:
    facts = "; ".join(dict.fromkeys(_wrong(s) for s in sorted(draft.supporting, key=by_priority)[:FACTS]))
    return f"{draft.subject.short}: {naming.brief(draft.kind.title, EXCERPT) or draft.kind.name}. Seen: {facts}."


def of_causes(causes: Sequence[Hypothesis]) -> str:
    """One cause in its own words; of several independent ones each in its share of the room."""
    if len(causes) == 1:
        return causes[0].statement
    share = LONGEST // len(causes) - len(BESIDES)
    return BESIDES.join(naming.brief(cause.statement, share) for cause in causes) + "."


def of_health(focus: Sequence[Subject], health: Health, past: Draft | None) -> str:
    """That it is healthy, by which facts, and what was wrong before, if anything was."""
    about = ", ".join(dict.fromkeys(s.short for s in focus))
    facts = "; ".join(dict.fromkeys(_calm(s) for s in health.proof[:3]))
    be, have = ("is", "has") if len({s.short for s in focus}) == 1 else ("are", "have")
    if past is None and not health.history:
        return within(f"{about} {be} healthy: {facts}.")
    text = f"{about} {have} recovered and {be} healthy now: {facts}."
    earlier = [s for s in past.supporting if s.code in recency.PAST] if past is not None else []
    history = sorted(
        health.history or earlier, key=lambda s: s.code in recency.BY_PERIOD
    )  # what says why, before what moved
    before = list(dict.fromkeys(_was(s) for s in history))[:3]
    while len(before) > 1 and len(text) + sum(map(len, before)) > LONGEST - len(" Before: .") - 2 * len(before):
        before.pop()
    return within(text, f" Before: {'; '.join(before)}." if before else "")


def of_harmless(cause: Hypothesis, focus: Sequence[Subject], health: Health) -> str:
    """What only looked like a fault, and by which facts nothing is broken."""
    facts = "; ".join(dict.fromkeys(_calm(s) for s in health.proof[:3]))
    about = ", ".join(dict.fromkeys(s.short for s in focus if s != cause.subject))
    return within(cause.statement, f" {about or 'What it watches'} is healthy: {facts}.")


def of_heartbeat(checks: Sequence[ClaimCheck]) -> str:
    """That an alarm fires because it is there to fire."""
    statement = naming.brief(checks[0].claim.statement, EXCERPT) if checks else ""
    return within(f'This alarm ("{statement}") fires all the time to show that alerting works: nothing is wrong.')


def of_claims(
    focus: Sequence[Subject],
    checks: Sequence[ClaimCheck],
    proof: Sequence[ObservedFact],
    missing: Sequence[str],
    words: Sequence[ObservedFact] = (),
) -> str:
    """What the signal claims that was not disproved, what its log keeps saying, and what is known beside it."""
    about = ", ".join(dict.fromkeys(s.short for s in focus))
    reason = naming.brief(told_of(checks[0]), CLAIM)
    states = "; ".join(dict.fromkeys(_calm(s) for s in proof if s.code not in recency.BY_PERIOD))
    lead = f"{about}: " if about else ""
    unseen = f" Not checked: {naming.brief(missing[0], EXCERPT)}" if missing else ""
    log = f" The log says: {_wrong(words[0])}." if words else ""
    text = within(f"{lead}{reason}{' known.' if checks[0].proof else '.'}", log)
    text = within(text, f" Seen beside it: {states}." if states else "")
    return within(text, unseen)


def of_nothing(unmet: Sequence[str]) -> str:
    """That what the signal names could not be settled."""
    reason = naming.brief(unmet[0], CLAIM).removesuffix(".")
    return within(f"{reason}. So nothing was judged: another workload is not taken in its place.")


def of_doubt(
    focus: Sequence[Subject],
    trouble: VisibleTrouble,
    leads: Sequence[Draft],
    missing: Sequence[str],
    *,
    likely: Hypothesis | None = None,
) -> str:
    """What is seen to be wrong without its cause, or why nothing can be said. `leads` are those that it may come from,
    the foremost first; `likely` is told with its doubt."""
    about = ", ".join(dict.fromkeys(s.short for s in focus)) or "what the signal names"
    shown_facts = trouble.most_telling(FACTS)
    if not shown_facts and leads:
        shown_facts = [s for s in leads[0].supporting if s.code in recency.REPORTS]
    facts = list(dict.fromkeys(map(_wrong, shown_facts)))[:FACTS]
    if facts:
        perhaps = ", or ".join(f"{one.kind.title.lower()} ({one.subject.short})" for one in leads[:FACTS])
        lead = f" Perhaps: {perhaps}." if leads else ""
        doubt = f"The cause of the trouble with {about} is not certain. Seen: " + "; ".join(facts) + "."
        if likely is not None:
            most = f" Most likely, and not proven ({whole_percent(likely.confidence)} %): {likely.statement}"
            lead = most if len(doubt) + len(most) <= LONGEST else lead
        return within(doubt, lead)
    if missing:
        first = naming.brief(missing[0], EXCERPT)
        return within(f"Nothing certain can be said about {about}, because not everything could be read: {first}.")
    return within(f"Nothing certain can be said about {about}: what was looked at shows neither a fault nor health.")


def elsewhere(observed_fact: ObservedFact) -> str:
    return f"{observed_fact.subject.short}: {_wrong(observed_fact, with_subject=False)}"


def within(text: str, tail: str = "") -> str:
    """`text` and `tail` in at most `LONGEST` characters; the tail is whole or not there."""
    if len(text) + len(tail) > LONGEST:
        tail = ""
    return text + tail if len(text) + len(tail) <= LONGEST else text[: LONGEST - 2].rsplit(" ", 1)[0] + " …"


def _calm(observed_fact: ObservedFact) -> str:
    return sentence(observed_fact.observation, WHOLE)


def _was(observed_fact: ObservedFact) -> str:
    text, at = sentence(observed_fact.observation, WHOLE, past=True), when(observed_fact, WHOLE)
    quote = naming.brief(observed_fact.observation.excerpt, EXCERPT)
    quoted = f': "{quote}"' if quote and not OBSERVATIONS[observed_fact.code].sentences else ""
    return f"{text}{f' ({at})' if at else ''}{quoted}"


def _wrong(observed_fact: ObservedFact, *, with_subject: bool = True) -> str:
    quote = naming.brief(
        observed_fact.observation.excerpt or str(observed_fact.observation.attributes.get("message", "")), EXCERPT
    )
    text = sentence(observed_fact.observation, WHOLE) if with_subject else OBSERVATIONS[observed_fact.code].meaning
    return f'{text}: "{quote}"' if quote and quote not in text else text
