"""What a month of each size costs, as the page of the infrastructure says it."""

from __future__ import annotations

import yaml

from infra.checks.costs import COSTS, months, table
from tests.bench.scale_costs import OF_AN_INCIDENT
from tests.infra.iam import INFRA


def test_the_page_shows_what_the_prices_give() -> None:
    assert table() in (INFRA / "README.md").read_text("utf-8")


def test_a_larger_size_costs_more_and_no_price_is_without_use_or_source() -> None:
    sizes = {month.size: month.dollars for month in months()}
    assert list(sizes) == ["small", "medium", "large"] and sizes["small"] < sizes["medium"] < sizes["large"]
    data = yaml.safe_load(COSTS.read_text("utf-8"))
    of_a_month = {item["price"] for size in data["sizes"].values() for item in size["items"]}
    assert set(data["prices"]) == of_a_month | OF_AN_INCIDENT
    assert all(price["source"].startswith("https://aws.amazon.com/") for price in data["prices"].values())


def test_a_month_has_730_hours() -> None:
    (balancer,) = [
        item for month in months() if month.size == "medium" for item in month.items if item.what == "Load balancer"
    ]
    assert round(balancer.dollars, 3) == 16.425
