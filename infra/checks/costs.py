"""What a month of each size costs, from the list prices in `infra/costs.yaml`.

python -m infra.checks.costs            # each size with its items
python -m infra.checks.costs --table    # the table of infra/README.md
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

COSTS: Final = Path(__file__).parents[1] / "costs.yaml"


@dataclass(frozen=True)
class Item:
    """One line of a month's bill: what it is, and what it costs in US dollars."""

    what: str
    dollars: float


@dataclass(frozen=True)
class Month:
    """A month of one size, with the usual day that it supposes."""

    size: str
    day: str
    items: tuple[Item, ...]

    @property
    def dollars(self) -> float:
        return sum(item.dollars for item in self.items)


def months(path: Path = COSTS) -> tuple[Month, ...]:
    """Every size, the smallest first. Raises KeyError where an item names a price that is not there."""
    data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    prices = {name: float(price["dollars"]) for name, price in data["prices"].items()}

    def item(line: dict[str, Any]) -> Item:
        factors = [data["hours"] if factor == "hours" else factor for factor in line["amount"]]
        return Item(line["what"], prices[line["price"]] * math.prod(factors))

    return tuple(Month(name, size["day"], tuple(map(item, size["items"]))) for name, size in data["sizes"].items())


def table() -> str:
    """The Markdown table of the three sizes, in whole dollars."""
    rows = [f"| `{month.size}` | {month.day} | {month.dollars:,.0f} |" for month in months()]
    return "\n".join(["| size | a usual day | $ a month |", "| --- | --- | ---: |", *rows])


def main(arguments: list[str]) -> None:
    if "--table" in arguments:
        print(table())
        return
    for month in months():
        print(f"{month.size}: {month.day}")
        for item in sorted(month.items, key=lambda one: -one.dollars):
            print(f"  {item.dollars:9.2f}  {item.what}")
        print(f"  {month.dollars:9.2f}  a month\n")


if __name__ == "__main__":
    main(sys.argv[1:])
