"""The tokeniser reads names, numbers with their units, times and quotations in any script."""

from __future__ import annotations

import pytest

from sre_agent.language.lexicon import language_of
from sre_agent.language.times import SpokenTime
from sre_agent.language.tokens import TextToken, readings, tokens


def of(kind: str, text: str, language: str = "en") -> list[TextToken]:
    return [token for token in tokens(text, language) if token.kind == kind]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Deployment/shop/web restarted.", ["Deployment/shop/web"]),
        ("Deployment/shop/webのレプリカはcheckout-apiに届きません。", ["Deployment/shop/web", "checkout-api"]),
        ("Сервис pricing-api отклоняет 5XX", ["pricing-api", "5XX"]),
        ("touché d’abord l’Deployment/shop/front", ["Deployment/shop/front"]),
        ("web-1's node ip-10-0-3-7.eu-west-1.compute.internal.", ["web-1", "ip-10-0-3-7.eu-west-1.compute.internal"]),
        ("registry.shop.test/web:4, container.oom_killed", ["registry.shop.test/web:4", "container.oom_killed"]),
        ("an end-to-end check isn't up-to-date, celui-ci est-il lent", []),
    ],
)
def test_a_name_is_told_from_prose_in_any_script(text: str, names: list[str]) -> None:
    assert [token.text for token in of("name", text)] == names


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("7 restarts, 43.5 % of 12 in 250 ms", [(7, ""), (43.5, "%"), (12, ""), (250, "ms")]),
        ("64Mi of 512 MiB in five minutes", [(64, "MiB"), (512, "MiB"), (5, "")]),
        ("von 0,5 auf 1.680,25 in 60 Sekunden", [(0.5, ""), (1680.25, ""), (60, "s")]),
        ("de 0,5 à 1 680,25 en 3 minutes", [(0.5, ""), (1680.25, ""), (3, "min")]),
        ("６０秒に１６８万、確度９３％", [(60, "s"), (1_680_000, ""), (93, "%")]),
        ("٣٥ pods, ४१ in 93퍼센트", [(35, ""), (41, ""), (93, "%")]),
        ("0/2 ready, restarts=7", [(0, ""), (2, ""), (7, "")]),
    ],
)
def test_a_number_is_read_with_its_unit_as_the_language_writes_it(text: str, numbers: list[tuple[float, str]]) -> None:
    assert [(token.value, token.unit) for token in of("number", text)] == numbers


def test_number_words_are_those_of_the_language_that_is_read() -> None:
    assert [token.value for token in of("number", "elf Versuche", "de")] == [11]
    assert of("number", "once it was done") == []


def test_a_numeral_that_may_mean_two_things_has_both_readings() -> None:
    assert readings("1,680") == [(1.68, 3), (1680, 0)]
    assert readings("1,680.25") == readings("1.680,25") == [(1680.25, 2)]
    assert readings("0.125") == [(0.125, 3)]


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("since 2026-03-04T09:58:03Z", [SpokenTime(2026, 3, 4, 9, 58, 3)]),
        ("since 2026-03-04 10:58:03+01:00", [SpokenTime(2026, 3, 4, 9, 58, 3)]),
        ("am 3.3.2026 um 09:58 Uhr", [SpokenTime(2026, 3, 3), SpokenTime(hour=9, minute=58)]),
        ("at ９:５８ PM", [SpokenTime(hour=21, minute=58)]),
        ("３月３日９時５８分００秒に", [SpokenTime(month=3, day=3), SpokenTime(hour=9, minute=58, second=0)]),
        ("3월 3일 오후 9시 58분에", [SpokenTime(month=3, day=3), SpokenTime(hour=21, minute=58)]),
        ("在2026年3月3日上午9点58分", [SpokenTime(2026, 3, 3), SpokenTime(hour=9, minute=58)]),
    ],
)
def test_a_time_says_as_much_of_a_moment_as_is_written(text: str, moments: list[SpokenTime]) -> None:
    assert [token.value for token in of("time", text)] == moments


def test_a_zone_that_is_not_utc_goes_with_its_time() -> None:
    assert [token.unit for token in of("time", "09:58:00 UTC, 09:58:00 CET, 09:58 Z")] == ["", "CET", ""]


def test_a_quotation_is_one_token_without_its_marks_and_every_token_knows_its_place() -> None:
    text = 'Ihr Log sagt: "licence not valid", 「終了」 and `cart`.'
    assert [token.text for token in of("quote", text)] == ["licence not valid", "終了", "cart"]
    assert all(text[token.start :].lstrip('"`「').startswith(token.text) for token in tokens(text))


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Warum ist der Checkout seit heute so langsam?", "de"),
        ("チェックアウトが遅いです", "ja"),
        ("为什么结账很慢", "zh"),
        ("결제가 느립니다", "ko"),
        ("checkout broken", ""),
        ("checkout is down in shop", "en"),
    ],
)
def test_the_language_of_a_text_is_told_by_its_usual_words_and_letters(text: str, tag: str) -> None:
    assert language_of(text) == tag
