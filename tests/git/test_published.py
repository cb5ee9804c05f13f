"""Repositories as they are published: the right place is found, or it is said why not; a wrong one never."""

from __future__ import annotations

import random
from typing import Any

import yaml

from sre_agent.git.location import locate
from sre_agent.git.sources import NotLocated, ObjectName, SourceFile
from tests.git import argo_layouts, chart_layouts, flux_layouts, later_layouts, mixed_layouts, plain_layouts
from tests.git.argo_layouts import application, source
from tests.git.published import PUBLISHED, blocks, repository, verdict
from tests.git.workloads import Deployment

# Each has its own layouts under PUBLISHED.
LAYOUTS = (argo_layouts, chart_layouts, flux_layouts, later_layouts, mixed_layouts, plain_layouts)
SEEDS = 4


def test_the_place_is_found_in_nine_of_ten_published_repositories_and_a_wrong_one_never() -> None:
    every = {(name, number): verdict(name, number) for name in PUBLISHED for number in range(SEEDS)}
    wrong = {case: answer for case, (result, answer) in every.items() if result == "wrong"}
    assert not wrong
    open_ones = {case: answer for case, (result, answer) in every.items() if result == "not located"}
    assert len(every) >= 60 and len(open_ones) <= 0.1 * len(every), open_ones


def test_who_applies_an_object_tells_clusters_with_the_same_namespace_apart() -> None:
    one = Deployment(3)
    files = []
    for place in ("eu", "us"):
        files.append(SourceFile(f"{place}/app.yaml", blocks(one.manifest())))
        manifest = application(f"{one.name}-{place}", one.namespace, source=source(place))
        files.append(SourceFile(f"argo/{place}.yaml", blocks(manifest)))

    def paths(applier: str) -> list[str]:
        object_name = ObjectName("Deployment", one.namespace, one.name, applier=applier)
        edits = locate(files, object_name, [one.change()])
        return [] if isinstance(edits, NotLocated) else [edit.path for edit in edits]

    assert paths(f"{one.name}-us") == ["us/app.yaml"]
    assert paths("") == paths(f"{one.name}-ap") == []


def _break(value: Any, chance: random.Random) -> Any:
    if chance.random() < 0.06:
        return chance.choice([None, "", [], {}, "x", 3, True, ["a", 1], {"a": None}, [None], {1: 2}])
    if isinstance(value, dict):
        return {key: _break(item, chance) for key, item in value.items()}
    return [_break(item, chance) for item in value] if isinstance(value, list) else value


def test_files_that_are_not_as_they_should_be_raise_nothing() -> None:
    names = sorted(PUBLISHED)
    for seed in range(100):
        chance = random.Random(seed)
        one, layout = repository(chance.choice(names), seed)
        files = []
        for path, text in layout.files.items():
            try:
                contents = list(yaml.safe_load_all(text))
            except yaml.YAMLError:
                contents = [text]
            changed = blocks(*(_break(content, chance) for content in contents))
            files.append(SourceFile(path, changed if chance.random() < 0.6 else text))
        locate(files, layout.wanted, [layout.change or one.change()])
