"""The alarms that one incident stands for, where there are several: what they share with it, and which are over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sre_agent.domain.alarm import shared_in_words
from sre_agent.domain.signal import Signal

NAMED: Final = 5  # alarms of one line; the others are counted


def grouped(attached: Sequence[tuple[Signal, str]]) -> list[str]:
    """Sentences. `attached` are all signals of the incident in their order, each with the key that it shares."""
    titles: dict[str, str] = {}
    group_keys: dict[str, str] = {}
    states: dict[str, str] = {}
    for signal, key in attached:
        titles.setdefault(signal.fingerprint, signal.title)
        group_keys.setdefault(signal.fingerprint, key)
        states[signal.fingerprint] = signal.state
    return list(_lines(titles, group_keys, [topic for topic, state in states.items() if state == "resolved"]))


def _lines(titles: dict[str, str], group_keys: dict[str, str], over: list[str]) -> Iterator[str]:
    by_key: dict[str, list[str]] = {}
    for topic, key in group_keys.items():
        if key:
            by_key.setdefault(key, []).append(titles[topic])
    for key, names in sorted(by_key.items(), key=lambda item: -len(item[1])):
        many = f"{len(names)} alarms share" if len(names) > 1 else "1 alarm shares"
        yield f"{many} {shared_in_words(key)} with it: {_some(names)}."
    if over:
        yield f"Reported resolved by its monitor: {_some([titles[topic] for topic in over])}."


def _some(names: list[str]) -> str:
    unique_names = list(dict.fromkeys(names))[:NAMED]
    more = len(names) - len(unique_names)
    return ", ".join(unique_names) + (f" and {more} more" if more > 0 else "")
