"""Where each thing of a sentence is, whether the sentence is a question or an alarm."""

from __future__ import annotations

import pytest

from sre_agent.language.said_places import own_places

SHOP, CORE = ("shop", True), ("core", True)


@pytest.mark.parametrize(
    ("marks", "places"),
    [
        ([("cart", False), SHOP], ["shop", ""]),
        ([("cart", False), ("ledger", False), SHOP], ["", "shop", ""]),
        ([SHOP, ("cart", False)], ["", ""]),
        ([("cart", False), ("web", False), SHOP, ("ledger", False), CORE], ["shop", "shop", "", "core", ""]),
        ([SHOP, ("cart", False), CORE, ("ledger", False)], ["", "shop", "", "core"]),
        ([("cart", False), SHOP, CORE, ("ledger", False)], ["shop", "", "", "core"]),
        ([("cart", False), SHOP, ("cart", False), CORE], ["shop", "", "core", ""]),
        ([], []),
    ],
)
def test_a_name_has_the_place_behind_it_or_else_the_one_before(
    marks: list[tuple[str, bool]], places: list[str]
) -> None:
    assert own_places(marks) == places
