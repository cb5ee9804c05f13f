"""What kind of trouble a line tells of, by what was learnt from example lines."""

from __future__ import annotations

import pytest

from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.signals.logs.signs import signs
from mcp_servers.signals.logs.trouble_types import WEIGHTS, type_model
from tests.lines.measured import POD
from tests.lines.train_types import RIGHT, digest, typed_examples


def test_the_packaged_weights_are_those_of_the_committed_examples() -> None:
    assert type_model().examples == digest(typed_examples()), "python -m tests.lines.train_types"


def test_weights_are_small_enough_to_be_packaged() -> None:
    assert WEIGHTS.stat().st_size < 500_000


def test_of_programs_not_learnt_from_the_types_told_are_mostly_right() -> None:
    assert type_model().right >= RIGHT


def test_the_table_of_observations_knows_every_type() -> None:
    assert set(OBSERVATIONS["log.error"].attributes["about"].values) == set(type_model().types)


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("the vault says: invalid credentials, login failed", "authentication"),
        ("segment 12 is corrupt: checksum mismatch", "corruption"),
        ("worker 3 crashed with signal 11", "crash"),
        ("ring has no leader, quorum lost", "cluster"),
        ("ERROR order 3", ""),
    ],
)
def test_an_error_says_what_it_is_about_where_its_words_are_clear(line: str, about: str) -> None:
    (observation,) = signs([(None, line)], POD)
    assert (observation.code, observation.attributes.get("about", "")) == ("log.error", about)
