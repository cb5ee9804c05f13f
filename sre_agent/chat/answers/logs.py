"""Questions about logs of pods and workloads: shown, searched, counted, summarised, and numbers read off them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import cloud, log_groups, log_search, namespace_logs
from sre_agent.chat.answers.chosen_pods import in_its_state, only_one
from sre_agent.chat.answers.log_words import figures, kind_lines, lines
from sre_agent.chat.answers.registry import answer_to, answers
from sre_agent.chat.answers.related import with_one_owner, workload_of
from sre_agent.chat.line_words import stem
from sre_agent.chat.lookup_session import data, enumeration
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence
from sre_agent.entities.lookup import AbsentEntity, Lookup
from sre_agent.language.mentions import Mention

DISPLAY_LIMIT: Final = 10
ROOM: Final = 1_150  # characters for lines
EXAMPLE: Final = 220
_FAILING: Final = frozenset({"of-its-failing", "fails-inside"})  # forms that ask for what it logs then
KEEPERS: Final = frozenset({"Pod", "ReplicaSet", "Service", *w.WORKLOAD_KINDS})
WHOSE: Final = 'Name a pod or workload, for example "errors in the logs of checkout".'


@answers("logs")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    if query.log_group:
        return await log_groups.answer(query, talk)
    query = _of_its_failing(query)
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    mentions = await talk.names.subjects_of(query, namespace)
    subject_mention, words = await _whose(query, talk, mentions, namespace)
    pod_choice = await only_one(query, talk, namespace) if subject_mention is None and not query.refers else None
    if subject_mention is None and not query.refers and pod_choice is None:
        place = namespace or talk.memory.namespace
        if texts := query.texts or query.idle:  # `which service wrote of a sextant`
            return await log_search.answer(replace(query, texts=texts), talk, namespace)
        return await namespace_logs.answer(query, talk, place) or talk.reply(query, WHOSE, outcome="cannot")
    before = query if subject_mention is not None else replace(query, mentions=())  # what is named is looked for
    lookup = pod_choice or (
        await _owner_of_logs(query, talk, subject_mention, mentions, namespace)
        if subject_mention is not None
        else next(
            iter(await with_one_owner(before, talk, await talk.names.all_meant(before, namespace))),
            AbsentEntity(says=WHOSE),
        )
    )
    if lookup.subject is None:
        return talk.unmet(query, lookup)
    if subject_mention is not None and subject_mention.loose and subject_mention.name not in lookup.subject.name:
        words = [*words, stem(subject_mention.name)] if _loose(query) else words  # `how many orders did web take`
        words = [word for word in words if word not in lookup.subject.name]
    if lookup.subject.kind == "Queue" and "count" in query.cues:  # its messages are no lines
        return await answer_to("metrics")(replace(query, intent="metrics"), talk)
    if cloud.is_cloud(lookup.subject):
        return await cloud.logs(query, talk, lookup.subject)
    if lookup.subject.kind not in KEEPERS:
        text = f"{lookup.subject.short} has no logs here. {WHOSE}"
        return talk.reply(query, text, outcome="cannot")
    pod = await in_its_state(query, talk, lookup.subject)
    subject = await _with_logs(talk, pod.subject or lookup.subject)
    container = await _container(query, talk, mentions, subject)
    evidence = await _study(query, talk, subject, words, container)
    if evidence.answer is None:
        return talk.failed(query, evidence)
    if len(words) > 1 and not query.texts and not data(evidence)["matched"]:  # one of them may only be about the log
        for word in words:
            instead = await _study(query, talk, subject, [word], container)
            if data(instead).get("matched"):
                words, evidence = [word], instead
                break
    text = _study_text(query, talk, subject, words, evidence)
    if subject != lookup.subject and pod.subject == subject and not (words or query.level):
        text = "\n".join(filter(None, [text, _worst(data(evidence), text)]))
    note = pod.note or (lookup.note if pod.subject == lookup.subject else "")
    return talk.reply(
        query,
        within("\n".join(filter(None, [note, text]))),
        subjects=[pod.subject or lookup.subject],
    )


def _of_its_failing(query: ChatQuery) -> ChatQuery:
    """What something logs when it fails are its errors; the time of the failure was not asked for."""
    if not _FAILING & query.forms or query.level or query.texts:
        return query
    if "fails-inside" in query.forms:
        query = replace(query, states=(), metrics=(), topic="")
    return replace(query, level="error", cues=query.cues - {"when"})


def _worst(study: dict[str, Any], text: str) -> str:
    """What a pod in trouble says of it, where the lines that are shown do not hold it."""
    errors = [kind for kind in study.get("kinds") or [] if kind["severity"] == "error"]
    first = excerpt(str(errors[0]["example"]), EXAMPLE) if errors else ""
    return f"Its most common error, {errors[0]['count']} times: {first}" if first and first not in text else ""


async def _whose(
    query: ChatQuery, talk: AnswerContext, mentions: list[Mention], namespace: str
) -> tuple[Mention | None, list[str]]:
    """The name whose logs are meant, and the words that a line has to hold.

    What stands beside a kind, or behind `of`, `from` and `for`, is the subject; another unknown word is what is
    looked for, if there is no such thing.
    """
    likely = [m for m in mentions if m.kind or m.place or "-" in m.name]
    likely.sort(key=lambda m: (not m.kind, m.place not in ("of", "from", "in", "on"), "-" not in m.name))
    subject = (likely or mentions)[0] if mentions and not (query.refers and not likely) else None
    rest = [m for m in mentions if m is not subject and m.name not in query.metrics]
    loose_words = [*(m.name for m in rest if not m.kind), *query.idle]
    search_words = loose_words if _loose(query) and not query.metrics else []
    return subject, [*query.texts, *(stem(word) for word in search_words if word not in query.texts)]


async def _owner_of_logs(
    query: ChatQuery, talk: AnswerContext, first: Mention, mentions: list[Mention], namespace: str
) -> Lookup:
    """What the name means; where it is a plain word that nothing is called like, what the next one means."""
    lookup = await talk.names.subject(first, namespace)
    for other in mentions:
        if lookup.subject is not None or lookup.choices or first.kind or not first.name.isalpha():
            break
        if other is not first:
            instead = await talk.names.subject(other, namespace)
            lookup = instead if instead.subject is not None else lookup
    return lookup


def _loose(query: ChatQuery) -> bool:
    return bool(query.cues & {"search", "when", "count"} or query.refers) or "within-logs" in query.forms


async def _with_logs(talk: AnswerContext, subject: Subject) -> Subject:
    """Of a Service, whose pods' logs are meant: the workload behind it."""
    if subject.kind != "Service":
        return subject
    selector = await talk.pods_of(subject)
    evidence = await talk.lookups.select("Pod", subject.namespace, selector=selector or "", columns=["name"], limit=1)
    names = [str(one["name"]) for one in data(evidence).get("items", [])]
    if not names or not selector:
        return subject
    return await workload_of(talk, subject.model_copy(update={"kind": "Pod", "name": names[0]}))


async def _container(query: ChatQuery, talk: AnswerContext, mentions: list[Mention], subject: Subject) -> str:
    """The container that a word before or after `container` names."""
    if "containers" not in query.columns or len(mentions) < 2:
        return ""
    row, _ = await talk.object(subject, "containers")
    there = set(row.get("containers") or [])
    return next((m.name for m in mentions if m.name in there), "")


async def _study(query: ChatQuery, talk: AnswerContext, subject: Subject, words: list[str], container: str) -> Evidence:
    level = query.level if not (query.texts and query.level in [t.lower() for t in query.texts]) else ""
    arguments: dict[str, Any] = {
        "container": container,
        "previous": query.previous,
        "contains": words,
        "level": "" if _is_about_text(query, words) else level,
        "start": _rfc3339(query.window.start),
        "end": _rfc3339(query.window.end),
        "numbers": list(query.metrics),
        "about": query.topic,
        "limit": 1 if "when" in query.cues else min(query.limit or DISPLAY_LIMIT, 40),
        "oldest": query.oldest,
    }
    nonempty = {name: value for name, value in arguments.items() if value}
    return await talk.lookups.look_up(
        "kubernetes", "kubectl_study_logs", namespace=subject.namespace, name=subject.name, **nonempty
    )


def _is_about_text(query: ChatQuery, words: list[str]) -> bool:
    """Whether the level's word is only how the question calls what it looks for."""
    return bool(words) and query.level != "" and query.level in [word.lower() for word in words]


def _study_text(query: ChatQuery, talk: AnswerContext, subject: Subject, words: list[str], evidence: Evidence) -> str:
    study = data(evidence)
    what = _what(query, words)
    example = str(study["lines"][0]["text"]) if study["lines"] else subject.name
    mark = talk.lookups.cite(evidence, example)
    partial = _partial(evidence)
    if query.metrics:
        return _figures_text(query, subject, study, mark) + partial
    if not study["matched"]:
        return _nothing(subject, study, what, mark) + partial
    if "when" in query.cues:
        return _when(subject, study, what, mark)
    if "count" in query.cues:
        head = f"{study['matched']} of {study['read']} lines in the logs of {subject.short} {what or 'were read'}"
        last = f" The last one, at {study['last']}: {excerpt(example, EXAMPLE)}" if what else ""
        return f"{head}.{last} {mark}{partial}"
    if "summary" in query.cues and not what:
        return _summary(subject, study, mark) + partial
    if not what and query.limit is None and "show" not in query.cues and "list" not in query.cues and not study["read"]:
        return _nothing(subject, study, what, mark)
    return _study_lines(query, subject, study, what, mark) + partial


def _what(query: ChatQuery, words: list[str]) -> str:
    parts = [f'"{word}"' for word in words]
    word_text = f"contain {enumeration(parts)}" if parts else ""
    level = f"report an {query.level}" if query.level == "error" else "report a warning or worse" if query.level else ""
    if parts and _is_about_text(query, words):
        level = ""
    since = f" since {_rfc3339(query.window.start)}" if query.window.start else ""
    since += f" until {_rfc3339(query.window.end)}" if query.window.end else ""
    return " and ".join(filter(None, [word_text, level])) + (since if word_text or level else "")


def _nothing(subject: Subject, study: dict[str, Any], what: str, mark: str) -> str:
    problems = "; ".join(run["problem"] for run in study.get("runs", []) if run["problem"])
    if not study["read"]:
        return f"The logs of {subject.short} have no lines{f' in that period: {problems}' if problems else ''}. {mark}"
    return f"None of the {study['read']} lines in the logs of {subject.short} {what or 'matched'}. {mark}"


def _when(subject: Subject, study: dict[str, Any], what: str, mark: str) -> str:
    times = "once" if study["matched"] == 1 else f"{study['matched']} times"
    span = study["last"] if study["first"] == study["last"] else f"first {study['first']}, last {study['last']}"
    line = excerpt(str(study["lines"][0]["text"]), EXAMPLE) if study["lines"] else ""
    return f"In the logs of {subject.short}, lines that {what or 'were read'} appear {times}: {span}. {line} {mark}"


def _figures_text(query: ChatQuery, subject: Subject, study: dict[str, Any], mark: str) -> str:
    what = " ".join(query.metrics)
    of = f" of {query.topic}" if query.topic else ""
    if not study["measures"]:
        empty_note = "" if study["read"] else " The logs are empty."
        return f"No line in the logs of {subject.short} gives a figure in {what}{of}.{empty_note} {mark}"
    figures_text = "; ".join(figures(measure, str(measure["name"])) for measure in study["measures"][:3])
    return f"{what.capitalize()} times{of} in the logs of {subject.short}: {figures_text}. {mark}"


def _summary(subject: Subject, study: dict[str, Any], mark: str) -> str:
    counts = f"{study['errors']} error and {study['warnings']} warning lines"
    errors = counts if study["errors"] or study["warnings"] else "no errors"
    span = f"{study['first']} to {study['last']}"
    head = f"{study['read']} lines in the logs of {subject.short}, {errors}, {span}. {mark}"
    return "\n".join([head, *kind_lines(study, "pattern")])


def _study_lines(query: ChatQuery, subject: Subject, study: dict[str, Any], what: str, mark: str) -> str:
    log_lines = study["lines"] if query.oldest else list(reversed(study["lines"]))
    matched, read = study["matched"], study["read"]
    errors = "" if what or study["errors"] else ", no errors" + (
        f", {study['warnings']} warnings" if study["warnings"] else "")  # fmt: skip
    errors = errors or (f", {study['errors']} of them at error level" if not what and study["errors"] else "")
    yes = "Yes: " if query.texts and "yes-or-no" in query.forms else ""
    lead = f"{yes}{matched} of {read} lines in the logs of {subject.short} {what}" if what else (
        f"{read} lines in the logs of {subject.short}{errors}")  # fmt: skip
    if what and query.limit is None and not query.oldest and matched > len(log_lines) and study["number_of_kinds"] > 1:
        return "\n".join([f"{lead}, by kind: {mark}", *kind_lines(study, "example")])  # each line once, not one again
    which = "the first" if query.oldest else "the last"
    tail = "" if len(log_lines) == matched else f"; {which} {len(log_lines)}"
    return "\n".join([f"{lead}{tail}: {mark}", *lines(log_lines, ROOM)])


def _partial(evidence: Evidence) -> str:
    cut = [c.detail for c in evidence.answer.coverage if c.state != "complete"] if evidence.answer else []
    return f"\nOnly part of the logs was read: {cut[0]}." if cut else ""


def _rfc3339(when: Any) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if when is not None else ""
