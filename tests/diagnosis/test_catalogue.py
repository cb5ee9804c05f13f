"""The failure catalogue: what a file may say, and that the shipped ones keep to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml

from mcp_servers.contract import observations
from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent import failures
from sre_agent.agents.roster import roster
from sre_agent.diagnosis import Engine
from sre_agent.diagnosis import names as naming
from sre_agent.diagnosis.evidence_set import EvidenceSet
from sre_agent.diagnosis.texts import Texts
from sre_agent.diagnosis.topology import WORKLOADS, Topology
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.errors import SettingsError
from sre_agent.failures import FailureClass, load, unanswerable
from sre_agent.failures.checking import VALUES, mistakes
from sre_agent.failures.model import Condition

from .pictures import CATALOGUE, WORKLOAD, asked, bad_rollout, chain, link, pod, resource, seen, thing, weigh

OWN = {
    "class": "disk_full",
    "title": "A volume is full",
    "subject_kinds": ["Deployment"],
    "requires": {"all": [{"observation": "event.warning", "where": {"reason": "DiskFull"}}]},
    "supports": [{"observation": "event.warning", "weight": 40, "decisive": True}],
    "statement": "{subject} has no room left.",
    "recovered_when": [{"present": "workload.available"}],
    "owner": "application team",
    "unfixable_note": "The owner of the workload has to free space.",
}


def write_class(folder: Path, **changes: object) -> Path:
    (folder / "disk_full.yaml").write_text(yaml.safe_dump({**OWN, **changes}))
    return folder


def test_every_shipped_class_says_who_acts_where_no_remedy_does_and_what_they_have_to_do() -> None:
    assert [kind.name for kind in CATALOGUE if not (kind.owner and kind.unfixable_note)] == []


@pytest.mark.parametrize("left_out", ["owner", "unfixable_note"])
def test_a_class_with_neither_a_remedy_nor_somebody_who_acts_cannot_be_loaded(tmp_path: Path, left_out: str) -> None:
    with pytest.raises(SettingsError, match="say who acts"):
        load([write_class(tmp_path, **{left_out: ""})])
    remedy = {"server": "kubernetes", "tool": "kubectl_scale", "arguments": {"replicas": 2}, "purpose": "Scale it"}
    with_remedy = write_class(tmp_path, **{left_out: "", "remedies": [{"name": "scale", "reversible": True, **remedy}]})
    assert load([with_remedy])["disk_full"].remedies


def test_an_owner_is_one_of_the_known_roles(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="owner"):
        load([write_class(tmp_path, owner="somebody else")])


def test_every_observation_that_a_class_names_is_in_the_table() -> None:
    codes = {code for kind in CATALOGUE for code in kind.codes()}
    assert codes and codes <= set(OBSERVATIONS)


def test_no_code_of_the_table_is_one_that_no_server_emits() -> None:
    servers = Path(observations.__file__).parents[2]
    sources = [f for f in servers.rglob("*.py") if Path(observations.__file__).parent not in f.parents]
    words = {word for file in sources for word in re.findall(r'"([a-z_.]+)"', file.read_text(encoding="utf-8"))}
    assert {*observations.OBSERVATIONS, *observations.RELATIONS} <= words


def test_a_sentence_of_the_table_names_only_attributes_of_its_code() -> None:
    attributes = {
        (code, name)
        for code, entry in OBSERVATIONS.items()
        for sentence in entry.sentences
        for _, name, _, _ in Formatter().parse(sentence)
        if name and name != "on"
    }
    assert (
        attributes and {(code, name) for code, name in attributes if name not in OBSERVATIONS[code].attributes} == set()
    )


@pytest.mark.parametrize(
    "attributes", [{"mood": "bad"}, {"restarts": "many"}, {"restarts": True}, {"restarts": 1.5}, {"exit_code": ["1"]}]
)
def test_an_attribute_that_its_code_does_not_have_is_a_fault(attributes: dict[str, Any]) -> None:
    assert len(observations.faults("container.crash_looping", attributes)) == 1


def test_every_shipped_class_is_of_an_area_and_stands_in_the_file_of_its_name() -> None:
    folder = Path(failures.__file__).parent / "classes"
    assert {kind.name for kind in CATALOGUE} == {file.stem for file in folder.glob("*.yaml")}
    assert all(kind.area for kind in CATALOGUE)


def test_every_group_that_a_class_shows_as_is_an_effect_of_another() -> None:
    groups = {effect.group for kind in CATALOGUE for effect in kind.effects if effect.group}
    assert {group for kind in CATALOGUE for group in kind.shows_as} == groups


def test_no_class_file_names_another_class() -> None:
    folder = Path(failures.__file__).parent / "classes"
    class_names = {kind.name for kind in CATALOGUE}
    for file in folder.glob("*.yaml"):
        words = set(re.findall(r"(?<![\w.])[a-z]+(?:_[a-z]+)+(?![\w.])", file.read_text(encoding="utf-8")))
        assert words & class_names <= {file.stem}, file.name


def test_a_configured_folder_adds_a_class(tmp_path: Path) -> None:
    assert "disk_full" in load([write_class(tmp_path)])


def test_a_shipped_class_is_read_once_in_a_process_and_a_file_that_changed_anew(tmp_path: Path) -> None:
    first, again = load([write_class(tmp_path)]), load([write_class(tmp_path, title="The disk is full")])
    assert all(first[entry.name] is entry for entry in again if entry.name != "disk_full")
    assert (first["disk_full"].title, again["disk_full"].title) == (OWN["title"], "The disk is full")


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ({"supports": [{"observation": "disk.full", "weight": 40}]}, "supports.0.observation"),
        ({"supports": [{"observation": "event.warning", "weight": 41}]}, "supports.0.weight"),
        ({"cure": "none"}, "cure"),
        ({"effects": [{"group": "gremlins"}]}, "gremlins"),
        ({"statement": "{{ subject.short }}"}, "statement: '{{ subject.short }}' is a Jinja template"),
        ({"statement": "{subject:shouted}"}, "there is no format 'shouted'"),
        ({"statement": "{subjekt}"}, "there is no 'subjekt'"),
        ({"statement": "{subject.colour}"}, "a subject has no 'colour'"),
        ({"statement": "{pod.ill.reason}"}, "there is no 'pod.ill.reason'"),
        ({"statement": "{pod.failed.colour}"}, "pod.failed has no attribute 'colour'"),
        ({"statement": "{bad.colour}", "facts": {"bad": "pod.failed"}}, "pod.failed has no attribute 'colour'"),
        ({"statement": [{"when": "pod.failed.colour", "say": "It failed."}]}, "pod.failed has no attribute 'colour'"),
        ({"statement": [{"when": {"pods.colour": "red"}, "say": "It failed."}]}, "pods has no 'colour'"),
        ({"statement": [{"when": "pods"}]}, "statement.0"),
        ({"facts": {"end": "pod.failed"}}, "facts: 'end' is the name of a value"),
        ({"facts": {"bad": {"observation": "pod.failed", "where": {"colour": "red"}}}}, "colour"),
        ({"title": "{{ subject.short }} is full"}, "title"),
        ({"supports": [{"observation": "event.warning", "weight": 40, "where": {"rison": "DiskFull"}}]}, "rison"),
        ({"recovered_when": [{"on": "subject"}]}, "recovered_when.0"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_file_and_field(
    tmp_path: Path, changes: dict[str, object], mistake: str
) -> None:
    with pytest.raises(SettingsError) as problem:
        load([write_class(tmp_path, **changes)])
    assert "disk_full" in str(problem.value) and mistake in str(problem.value)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not there"):
        load([tmp_path / "nowhere"])


def load_changed(folder: Path, **changes: object) -> Diagnosis:
    """What a class whose texts name what only a case can show makes of a failing image pull."""
    own = {
        **OWN,
        "requires": {"all": [{"observation": "container.image_pull_failed"}]},
        "supports": [{"observation": "container.image_pull_failed", "weight": 40, "decisive": True}],
        "effects": [{"group": "image_not_pulled"}, {"group": "newest_revision_fails"}],
    }
    (folder / "own.yaml").write_text(yaml.safe_dump({**own, **changes}))
    return Engine(load([folder])).weigh([WORKLOAD], bad_rollout(), started_at=None, budget_left=5).diagnosis


@pytest.mark.parametrize(
    "statement",
    [
        "{container.image_pull_failed.image:int}",
        "{subject.name:number}",
        "{subject.name:doubled}",
    ],
)
def test_a_class_whose_words_fail_is_told_by_its_title_and_its_fault_is_a_gap(tmp_path: Path, statement: str) -> None:
    diagnosis = load_changed(tmp_path, statement=statement)
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "disk_full"
    assert diagnosis.statement.startswith("Deployment/shop/cart: A volume is full. Seen: ")
    assert "manifest unknown" in diagnosis.statement
    fault = next(line for line in diagnosis.missing if statement in line)
    assert str(tmp_path / "own.yaml") in fault and "statement" in fault


def test_a_question_that_cannot_be_put_is_a_gap_and_ends_nothing(tmp_path: Path) -> None:
    follow_up = {"agent": "logs", "tool": "kubectl_logs", "when": "subject.name:number", "decides": "how many"}
    diagnosis = load_changed(tmp_path, follow_up=[follow_up])
    assert diagnosis.statement.startswith("Deployment/shop/cart has no room left.")
    assert any(
        "own.yaml" in line and "question kubectl_logs" in line and "subject.name:number" in line
        for line in diagnosis.missing
    )


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.name)
def test_a_shipped_class_names_only_what_there_is(kind: FailureClass) -> None:
    assert list(mistakes(kind)) == []


def test_the_names_that_are_checked_are_those_that_texts_get() -> None:
    evidence_set = EvidenceSet(bad_rollout())
    assert set(naming.names(SubjectView(evidence_set, Topology(evidence_set), WORKLOAD), evidence_set.facts)) == VALUES


def test_a_question_to_nobody_or_with_a_tool_that_is_not_there_is_told_with_its_file(tmp_path: Path) -> None:
    asks = [
        {"agent": "clerks", "tool": "kubectl_logs", "decides": "what it says"},
        {"agent": "logs", "tool": "kubectl_lags", "decides": "what it says"},
    ]
    catalogue = load([write_class(tmp_path, follow_up=asks)])
    problems = list(unanswerable(catalogue, {name: member.tool_names for name, member in roster().items()}))
    assert ["clerks" in problems[0], "kubectl_lags" in problems[1]] == [True, True] and len(problems) == 2
    assert all(str(tmp_path / "disk_full.yaml") in line for line in problems)


ON: dict[str, tuple[str, bool]] = {  # the relation behind a place, and whether it leads away from the subject
    "hosted": ("runs_on", False),
    "nodes": ("runs_on", True),
    "references": ("refers_to", True),
    "referrers": ("refers_to", False),
    "guards": ("guards", False),
    "guarded": ("guards", True),
    "services": ("selects", False),
    "callees": ("calls", True),
    "callers": ("calls", False),
    "routed": ("routes_to", False),
}
OF_A_POD = ("container.", "pod.", "log.")


def subject_of(kind: str) -> Subject:
    """One of a kind: in the account, in the cluster, or in the namespace of the others."""
    if kind in WORKLOADS:
        return thing(kind, "cart")
    if kind in ("Table", "Database", "Queue", "Alarm", "Function", "LoadBalancer", "Region", "Cache"):
        return resource(kind, "orders")
    return thing(kind, "one", "" if kind in ("Node", "Cluster", "NodeGroup", "Namespace") else "shop")


def seen_for(condition: Condition, subject: Subject) -> tuple[Observation, list[Relation]]:
    """The condition as a fact where it wants it, and what joins that place to the subject."""
    where: dict[str, Any] = {
        name: value[0] if isinstance(value, list) else value for name, value in condition.where.items()
    }
    if condition.observation == "log.connection_failed":
        where["address"] = "cart-db:5432" if subject.kind in WORKLOADS else subject.name
    at_pod = condition.observation.startswith(OF_A_POD)
    if condition.on not in ON:
        on = pod("a") if at_pod and subject.kind in WORKLOADS else subject
        return seen(condition.observation, on, **where), []
    relation, away = ON[condition.on]
    prefix = condition.observation.split(".")[0].capitalize()
    other = pod("a") if at_pod else thing({"Volume": "PersistentVolumeClaim"}.get(prefix, prefix), "other")
    if condition.on in ("callers", "callees"):
        other = thing("Deployment", "other")
    elif condition.observation.startswith(("workload.", "rollout.")):
        other = WORKLOAD
    if relation == "calls" and subject.kind in WORKLOADS:
        other = thing("Deployment", "beside")
    ends = (subject, other) if away else (other, subject)
    return seen(condition.observation, other, **where), [link(relation, *ends)]


def evidence_of(conditions: Iterable[Condition], subject: Subject) -> list[Evidence]:
    facts, relations = [], chain(pod("a"))
    for condition in conditions:
        fact, joined = seen_for(condition, subject)
        facts.append(fact)
        relations += joined
    return [asked("kubectl_get", facts, relations)]


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.name)
def test_every_statement_and_question_renders_whatever_of_its_facts_was_seen(kind: FailureClass) -> None:
    subject = subject_of(kind.subject_kinds[0])
    ways = [(*kind.requires.all, alternative) for alternative in kind.requires.any] or [tuple(kind.requires.all)]
    ways += [(*ways[0], more) for more in (*kind.supports, *kind.contradicts)]
    for conditions in ways:
        evidence_set = EvidenceSet(evidence_of(conditions, subject))
        view = SubjectView(evidence_set, Topology(evidence_set), subject)
        texts = Texts(view, naming.names(view, evidence_set.facts, kind))
        assert texts.render(kind.statement).strip()
        for question in kind.follow_up:
            if texts.holds(question):
                texts.fill(question.arguments)


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.name)
def test_what_a_class_requires_can_be_seen_and_is_told_in_few_words(kind: FailureClass) -> None:
    subject = subject_of(kind.subject_kinds[0])
    evidence = evidence_of((*kind.requires.all, *kind.requires.any[:1]), subject)
    evidence_set = EvidenceSet(evidence)
    assert SubjectView(evidence_set, Topology(evidence_set), subject).holds(kind.requires)
    for hypothesis in weigh(evidence, subject, minutes_ago=None).diagnosis.others:
        assert hypothesis.statement.strip() and len(hypothesis.statement) <= 700


SHARE = [
    "The image of {subject}",
    {"when": "container.image_pull_failed.image", "say": "is {container.image_pull_failed.image}"},
    {"when": "pods", "unless": {"subject.kind": ["Pod"]}, "say": ", {pods_text} {pods:plural waits wait}"},
    {"first_of": [{"when": "container.oom_killed", "say": ", killed"}, ", not killed"]},
    {"word_for": "container.image_pull_failed.why", "words": {"not_found": ", gone"}, "otherwise": ", lost"},
    ": {container.oom_killed.excerpt|container.image_pull_failed.excerpt:quote 60}.",
]


def test_a_statement_is_a_list_of_what_is_said_when(tmp_path: Path) -> None:
    statement = load_changed(tmp_path, statement=SHARE).statement
    assert statement.startswith(
        "The image of Deployment/shop/cart is registry.test/cart:2.1.0-bad, pod cart-7f9d-new waits, not killed, gone:"
    )
    assert 'manifest unknown: not found".' in statement


def test_nothing_in_a_class_file_is_a_program() -> None:
    folder = Path(failures.__file__).parent / "classes"
    assert [file.name for file in folder.glob("*.yaml") if re.search(r"{{|{%", file.read_text(encoding="utf-8"))] == []


def test_a_statement_stays_short_whatever_the_sources_say() -> None:
    evidence = bad_rollout(image="registry.test/" + "very-long/" * 60 + "cart:1")
    assert len(weigh(evidence).diagnosis.statement) <= 700
