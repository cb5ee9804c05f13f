"""The image: what is in it, who runs it, and that its builder is sent no more than it copies."""

from __future__ import annotations

import re
from fnmatch import fnmatch

from tests.infra.iam import INFRA
from tests.packaging.declared import INCLUDED

ROOT = INFRA.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[[^]]*])?==([^ ;\\]+)", re.MULTILINE)
OF_TESTS_AND_LAB = {"moto", "flask", "pytest", "mypy", "ruff", "checkov", "a2wsgi", "schemathesis"}


def packages(file: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / file).read_text("utf-8")))


def instructions(word: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.removeprefix(word).strip() for line in joined.splitlines() if line.startswith(f"{word} ")]


def test_it_has_the_versions_that_are_tested_and_neither_the_lab_nor_what_tests_need() -> None:
    image, lock = packages("infra/container/requirements.lock"), packages("requirements.lock")
    assert {name: lock.get(name) for name in image} == image
    assert len(image) > 50 and not OF_TESTS_AND_LAB & image.keys()
    assert not [source for source in instructions("COPY") if "sre_lab" in source or "tests" in source]


def test_it_runs_as_nobody_who_owns_anything_and_says_whether_it_is_alive() -> None:
    (user,) = instructions("USER")
    assert user == "10001:10001", "the user that the ECS tasks and the pods name"
    (check,) = instructions("HEALTHCHECK")
    assert "/ping" in check
    assert instructions("ENTRYPOINT") == ['["sre-agent"]']


def test_every_base_has_a_version_and_every_package_a_digest() -> None:
    bases = instructions("FROM")
    (version,) = instructions("ARG")
    assert re.fullmatch(r"PYTHON=3\.\d+-slim-\w+", version)
    assert all(base.split()[0] == "python:${PYTHON}" for base in bases) and len(bases) == 2
    assert "--require-hashes" in DOCKERFILE and "--no-build-isolation" in DOCKERFILE


def test_the_builder_is_sent_what_is_copied_and_nothing_else() -> None:
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    sent = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    sources = {source for line in instructions("COPY") if not line.startswith("--from") for source in line.split()[:-1]}
    assert "*" in rules and sent == sources
    assert all((ROOT / source).exists() for source in sources)
    assert [one for one in INCLUDED if not any((ROOT / one).is_relative_to(ROOT / source) for source in sources)] == []
    assert not any(fnmatch(name, source) for source in sent for name in (".git", ".env", "token.txt", ".sre-agent"))
