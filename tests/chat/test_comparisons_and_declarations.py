"""Two things are compared by any attribute, things are found by what they declare, and one thing tells what it has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.chat.aviary_world import world
from tests.chat.conftest import Talk, talking_of


@pytest.fixture(scope="module")
def aviary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking_of(world(), tmp_path_factory.mktemp("aviary")) as talk:
        yield talk


@pytest.mark.parametrize(
    ("question", "pattern"),
    [
        ("which is newer, jay or raven-feed", "^Deployment/aviary/jay is newer"),
        ("is raven-feed older than jay", "^Yes: Deployment/aviary/raven-feed is older"),
        ("who has more replicas, jay or finch-api", "^Deployment/aviary/finch-api has more replicas"),
        ("which restarted more, raven-feed or finch-api", "^Deployment/aviary/finch-api has more restarts"),
        ("which of raven-feed and finch-api has the higher memory limit", "finch-api has the higher.*256Mi.*512Mi"),
        ("which one requests more cpu, raven-feed or finch-api", "finch-api has the higher cpu request"),
        ("is wren-data larger than raven-data", "^Yes: PersistentVolumeClaim/aviary/wren-data is bigger"),
        ("is raven-data larger than wren-data", "^No: PersistentVolumeClaim/aviary/wren-data is bigger"),
        ("do finch-api and raven-feed run the same image", "images: .*finch-api:7.1 against .*raven-feed:7.1"),
    ],
)
def test_two_things_are_compared_by_the_attribute_that_the_question_names(
    aviary: Talk, question: str, pattern: str
) -> None:
    (reply,) = aviary(question)
    assert reply.outcome == "answered" and re.search(pattern, reply.text, re.S), reply.text
    assert reply.evidence


def test_what_one_of_two_things_has_not_set_is_not_ranked(aviary: Talk) -> None:
    (reply,) = aviary("which has the higher memory limit, jay or finch-api")
    assert reply.text.startswith("Deployment/aviary/jay has no memory limit"), reply.text


@pytest.mark.parametrize(
    ("question", "match", "other"),
    [
        ("anything running as root", "jay", "raven-feed"),
        ("any privileged containers", "finch-api", "jay"),
        ("everything with label team=pricing-crew", "finch-api", "raven-feed"),
        ("list everything with priority class vip", "raven-feed", "jay"),
        ("who uses image finch-api:7.1", "finch-api", "raven-feed"),
        ("which configmaps have a key MODE", "raven-conf", "front-conf"),
        ("which configmap contains the key THEME", "front-conf", "raven-conf"),
        ("everything that uses pvc raven-data", "raven-feed", "finch-api"),
    ],
)
def test_things_are_found_by_what_they_declare(aviary: Talk, question: str, match: str, other: str) -> None:
    (reply,) = aviary(question)
    assert f"- {match}" in reply.text and f"- {other}" not in reply.text, reply.text


@pytest.mark.parametrize(
    ("question", "pattern"),
    [
        ("which user does raven-feed run as", "user 1000"),
        ("which user does finch-api run as", "no user .the image decides"),
        ("what's mounted in raven-feed", "PVC raven-data at /var/data"),
        ("cpu reservations of raven-feed", "cpu request 50m"),
        ("what's the memory ceiling of raven-feed", "memory limit 256Mi"),
        ("how long does k8s wait before it kills raven-feed on shutdown?", "50 s"),
        ("what's raven-feed running, image-wise?", "raven-feed:7.1"),
        ("raven-feed replica count", "3 of 3"),
        ("rollout status of raven-feed", "rollout complete"),
        ("when does cronjob nightly-report run", "30 2 "),
        ("what time does hourly-sync fire", "15 .*next run"),
        ("is nightly-report disabled", "^Yes.*suspended"),
        ("how full is volume raven-data", "size 20Gi.*How full it is is (?:not measured|unknown)"),
        ("first error of jay", "the first 1"),
        ("how many error lines does jay-6c8f9d7b5-p0 have", "^3 of 30 lines"),
    ],
)
def test_one_thing_tells_what_is_asked_of_it(aviary: Talk, question: str, pattern: str) -> None:
    (reply,) = aviary(question)
    assert reply.outcome == "answered" and re.search(pattern, reply.text, re.S), reply.text


def test_a_list_is_narrowed_by_the_ones_in_a_state(aviary: Talk) -> None:
    _, reply = aviary("pods in aviary", "only the restarted ones")
    assert reply.text.startswith("6 of 9 pods") and "jay" not in reply.text, reply.text
