"""How questions are read: intent and slots, without looking anything up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sre_agent.chat.grammar import read
from sre_agent.chat.query import ChatQuery

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)


def query(text: str) -> ChatQuery:
    (only,) = read(text, NOW)
    return only


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("web-1 never gets past Init:0/2", ("Initializing",)),
        ("web-1 is in Init:Error", ("Init:Error",)),
        ("web-1 is in Init:CrashLoopBackOff", ("Init:CrashLoopBackOff",)),
        ("web-1 is in Init:OOMKilled", ("Init:OOMKilled",)),
        ("web-1 hangs in PodInitializing", ("Initializing",)),
        ("web-1 is Terminating", ("Terminating",)),
        ("web-1 won't start: CreateContainerConfigError", ("CreateContainerConfigError",)),
        ("web-1 is 0/1", ("NotReady",)),
    ],
)
def test_a_state_as_kubectl_prints_it_is_a_state_and_no_name(text: str, values: tuple[str, ...]) -> None:
    parse = query(text)
    assert [(state.values, denied) for state, denied in parse.states] == [(values, False)]
    assert [mention.name for mention in parse.candidates] == ["web-1"]


def test_a_name_that_looks_like_a_word_of_the_table_is_taken_as_it_stands_after_its_kind() -> None:
    assert [mention.name for mention in query("why is pod leaver Terminating").candidates] == ["leaver"]
    assert [mention.name for mention in query("why is pod doner Completed").candidates] == ["doner"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("What is wrong with pod web-1 in shop?", "why"),
        ("why is the web deployment not ready", "why"),
        ("The web deployment is having issues, can you investigate?", "why"),
        ("is web healthy?", "healthy"),
        ("are any pods pending", "list"),
        ("how many nodes are there", "count"),
        ("number of pods by namespace", "count"),
        ("which pods run on node-1", "list"),
        ("describe service web", "describe"),
        ("show me the logs of web", "logs"),
        ("was there any 'disk full' reported for web-1", "logs"),
        ("summarise the logs of web", "logs"),
        ("what changed in shop since yesterday", "changes"),
        ("show the rollout history of web", "revisions"),
        ("compare web with api-server", "compare"),
        ("what is the difference between web-1 and web-2", "compare"),
        ("can web reach ledger-db", "reach"),
        ("why can't the web pod connect to the ledger service", "reach"),
        ("who can delete pods in shop", "may"),
        ("is service account ci allowed to list secrets", "may"),
        ("which alarms are firing", "alarms"),
        ("how much memory does web use", "metrics"),
        ("what do runbooks say about a full disk", "runbooks"),
        ("please fix deployment web", "fix"),
        ("how do I fix deployment web", "advise"),
        ("what is wrong in the cluster", "troubles"),
        ("is anything broken?", "troubles"),
        ("what can you do?", "help"),
        ("hello", "help"),
        ("this is stupid, just tell me what is broken", "troubles"),
        ("pod web-1 never gets past Init:0/1", "why"),
        ("web-1 shows Init:CrashLoopBackOff", "why"),
        ("web-1 stays in ContainerCreating", "why"),
        ("kubectl says ErrImagePull for web-1", "why"),
        ("web-1: RunContainerError", "why"),
        ("web-1 stays Pending", "why"),
        ("what does PodInitializing mean for web-1?", "why"),
        ("is web-1 in CreateContainerConfigError?", "healthy"),
        ("which pods are in Init:Error in shop", "list"),
        ("which version of web is running", "describe"),
        ("what are the requests of web", "describe"),
        ("how many requests per second does web get", "count"),
        ("what is the request rate of web", "metrics"),
        ("how many pods are Evicted", "count"),
        ("show the logs of the OOMKilled pod web-1", "logs"),
        ("does the log of web-1 mention ErrImagePull", "logs"),
        ("when was web-1 evicted", "why"),
        ("when did web-1 start failing", "why"),
        ("when did this start", "troubles"),
        ("when did web-1 last restart", "list"),
        ("how many times did web-1 restart", "count"),
        ("who restarted web-1", "changes"),
        ("compare web-1 with yesterday", "changes"),
        ("show the events of web-1", "events"),
        ("any warning events in shop", "events"),
        ("show warnings", "events"),
        ("who calls web-1", "callers"),
        ("what depends on web-1", "callers"),
        ("was anything evicted", "list"),
        ("any OOM kills?", "list"),
        ("what image versions are running", "list"),
        ("which node has the least memory free", "metrics"),
        ("delete deployment web-1", "order"),
        ("please restart web-1", "order"),
        ("restart counts by pod", "count"),
        ("Warum startet der Dienst nicht", "unknown"),
    ],
)
def test_a_question_is_known_by_its_cues(text: str, intent: str) -> None:
    assert query(text).intent in (intent, "describe" if intent == "unknown" else intent)


def test_a_name_takes_the_kind_beside_it_and_leaves_the_listed_kind() -> None:
    parse = query("which pods does the stateful set ledger-db have in namespace shop")
    assert parse.kinds == ("Pod",)
    assert [(m.name, m.kind, m.place) for m in parse.mentions] == [
        ("ledger-db", "StatefulSet", ""),
        ("shop", "Namespace", "namespace"),
    ]


def test_paths_name_kind_and_namespace() -> None:
    (one,) = query("what is wrong with deploy/shop/web").mentions
    assert (one.kind, one.namespace, one.name) == ("Deployment", "shop", "web")


def test_a_quoted_name_is_a_name_and_a_quoted_text_is_searched() -> None:
    assert [m.name for m in query("describe the deployment named 'logs'").mentions] == ["logs"]
    parse = query('last 5 log lines of web-1 that contain "connection reset"')
    assert (parse.texts, parse.limit, [m.name for m in parse.mentions]) == (("connection reset",), 5, ["web-1"])


def test_words_that_are_misspelt_are_understood_and_names_are_left_alone() -> None:
    parse = query("how mnay depoyments are in paymnts")
    assert (parse.intent, parse.kinds) == ("count", ("Deployment",))
    assert [m.name for m in parse.mentions] == ["paymnts"]


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        ("in the last 10 minutes", timedelta(minutes=10), None),
        ("over the past two hours", timedelta(hours=2), None),
        ("since 30 min ago", timedelta(minutes=30), None),
        ("in the last hour", timedelta(hours=1), None),
        ("since 14:30", timedelta(minutes=30), None),
        ("since 16:00", timedelta(hours=23), None),
        ("since 2026-01-02T09:00:00Z", timedelta(hours=6), None),
        ("between 10:00 and 10:30", timedelta(hours=5), timedelta(hours=4, minutes=30)),
        ("since yesterday", timedelta(hours=39), None),
    ],
)
def test_times_become_windows(times: str, start: timedelta, end: timedelta | None) -> None:
    window = query(f"what changed in shop {times}").window
    assert window.start == NOW - start
    assert window.end == (NOW - end if end else None)


def test_selectors_thresholds_and_orders_are_slots() -> None:
    parse = query("which pods with label app=web restarted more than 3 times")
    assert (parse.selector, parse.thresholds) == ("app=web", (("over", "3"),))
    assert query("top 3 pods by restarts").limit == 3
    assert query("which pods have at least 2 restarts").thresholds == (("over", "1"),)
    assert query("pods by node").group_by == "node"


def test_a_state_that_is_denied_is_known_as_denied() -> None:
    ((state, denied),) = query("which pods are not running").states
    assert (state.word, denied) == ("running", True)
    ((state, denied),) = query("which pods are crashlooping").states
    assert (state.word, denied) == ("crash-looping", False)


def test_pronouns_refer_to_the_answer_before_only_where_they_are_pronouns() -> None:
    assert query("show its logs").refers == "last"
    assert query("and the other one").refers == "other"
    assert query("describe that pod").refers == "last"
    assert query("which claims are there that were restored").refers == ""


def test_a_sentence_with_two_questions_is_two_queries() -> None:
    one, other = read("how many pods are in shop and which nodes are cordoned?", NOW)
    assert (one.intent, other.intent) == ("count", "list")


def test_numbers_in_logs_are_named_by_the_words_beside_them() -> None:
    parse = query("summarise render times for the basket page in the logs of web-1")
    assert (parse.intent, parse.metrics, parse.topic) == ("logs", ("render",), "basket")
    assert query("how long did the migration take in the logs of web-1").metrics == ("migration",)


@pytest.mark.parametrize(
    ("text", "percentile", "measures"),
    [
        ("p90 of web-1", "p90", ("latency",)),
        ("what is the p99.9 of checkout since noon", "p99.9", ("latency",)),
        ("P50 latency of web-1", "p50", ("latency",)),
        ("p75 and error rate of orders", "p75", ("latency", "errors")),
        ("is web-1 slow", "", ("latency",)),
        ("how many reqs does web-1 get", "", ("requests",)),
    ],
)
def test_what_is_measured_and_by_which_percentile_are_slots(
    text: str, percentile: str, measures: tuple[str, ...]
) -> None:
    parse = query(text)
    assert (parse.percentile, parse.measures) == (percentile, measures)


@pytest.mark.parametrize(
    ("text", "name", "distinct"),
    [
        ("which address failed most in log group /ssh", "address", False),
        ("how many unique users are in log group /var/app", "users", True),
        ("what host logs the least in log group /var/app", "host", False),
    ],
)
def test_what_lines_are_counted_by_is_a_slot(text: str, name: str, distinct: bool) -> None:
    field = query(text).counted_field
    assert field is not None and (field.name, field.distinct) == (name, distinct)


def test_a_log_group_is_known_by_its_form() -> None:
    parse = query("in log group /aws/lambda/resize how many lines are failed uploads of user kim")
    assert (parse.log_group, parse.words) == ("/aws/lambda/resize", ("failed", "uploads", "kim"))


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("is the checkout-worker function healthy", "Function", "checkout-worker"),
        ("why does lambda resize fail?", "Function", "resize"),
        ("logs of function 'resize'", "Function", "resize"),
        ("describe the function named resize", "Function", "resize"),
        ("is the orders table ok", "Table", "orders"),
        ("why is the load balancer storefront slow", "LoadBalancer", "storefront"),
        ("metrics of queue print-orders", "Queue", "print-orders"),
        ("is database parcels available", "Database", "parcels"),
    ],
)
def test_a_word_for_an_aws_resource_beside_a_name_is_its_kind(text: str, kind: str, name: str) -> None:
    assert [(mention.cloud, mention.name) for mention in query(text).candidates] == [(kind, name)]


@pytest.mark.parametrize(
    ("text", "intent", "words"),
    [
        ("how many cache misses in the logs of web", "logs", ("cache", "misses")),
        ("why can't checkout connect to the database", "reach", None),
        ("which pods use tables", "list", None),
    ],
)
def test_such_a_word_elsewhere_is_a_word_like_any_other(text: str, intent: str, words: tuple[str, ...] | None) -> None:
    parse = query(text)
    assert parse.intent == intent
    assert words is None or parse.words == words
    assert all(not mention.kind for mention in parse.candidates)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("which lambda functions are there?", "Function"),
        ("list queues", "Queue"),
        ("how many databases are there", "Database"),
        ("which load balancers are failing", "LoadBalancer"),
    ],
)
def test_kinds_of_aws_resources_are_listed(text: str, kind: str) -> None:
    parse = query(text)
    assert (parse.intent, parse.cloud_kinds) == ("resources", (kind,))
