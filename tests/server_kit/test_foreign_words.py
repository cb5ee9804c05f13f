"""Logs in other languages than English: levels, and the translated sentences of libraries and databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mcp_servers.contract.facts import Subject
from mcp_servers.signals.logs.lines import severity
from mcp_servers.signals.logs.signs import signs

POD = Subject(scope="blue", kind="Pod", namespace="shop", name="web-0")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "word",
    ["FEHLER", "ERREUR", "ERRO", "FALLO", "ERRORE", "FOUT", "BŁĄD", "ОШИБКА", "エラー", "错误", "錯誤", "오류", "HATA"],
)
def test_an_error_is_one_in_any_language(word: str) -> None:
    for line in (
        f"2026-03-04T12:00:00Z {word} x17",
        f"[{word}] x17",
        f"{word}: x17",
        f'{{"level": "{word}", "msg": "x"}}',
    ):
        assert severity(line) == "error", line


@pytest.mark.parametrize("word", ["WARNUNG", "AVERTISSEMENT", "AVISO", "ADVERTENCIA", "ПРЕДУПРЕЖДЕНИЕ", "警告", "경고"])
def test_a_warning_is_no_error(word: str) -> None:
    assert severity(f"12:00:00 {word} der Speicher wird knapp, kein Fehler") == "warning"


def test_a_calm_line_that_speaks_of_errors_is_calm() -> None:
    assert severity("INFO 0 Fehler, 17 Bestellungen") == "info"
    assert severity("HINWEIS: 0 Fehler") == "info"
    assert severity("Bestellung 17 angenommen") == ""


@pytest.mark.parametrize(
    ("line", "code", "attributes"),
    [
        ("FEHLER Verbindung zu db.test:5432 wurde abgelehnt", "log.connection_failed", {"why": "refused"}),
        ("ERREUR Connexion refusée: db.test:5432", "log.connection_failed", {"why": "refused"}),
        ("ERROR conexión rechazada (db.test:5432)", "log.connection_failed", {"why": "refused"}),
        ("错误 连接被拒绝 db.test:5432", "log.connection_failed", {"why": "refused"}),
        ("ERROR db.test:5432: 接続がタイムアウトしました", "log.connection_failed", {"why": "timeout"}),
        ("ОШИБКА db.test:5432: Имя или служба не известны", "log.connection_failed", {"why": "dns"}),
        ("FATAL: Passwort-Authentifizierung für Benutzer »app« fehlgeschlagen", "log.login_failed", {}),
        ('FATAL: пользователь "app" не прошёл проверку подлинности (по паролю)', "log.login_failed", {}),
        ("FEHLER Pflichtvariable SHOP_TOKEN ist nicht gesetzt", "log.env_missing", {"variable": "SHOP_TOKEN"}),
        ("ERROR falta la variable de entorno SHOP_TOKEN", "log.env_missing", {"variable": "SHOP_TOKEN"}),
        ("ERROR 環境変数 SHOP_TOKEN が設定されていません", "log.env_missing", {"variable": "SHOP_TOKEN"}),
        ("오류 환경 변수 SHOP_TOKEN 이 설정되지 않았습니다", "log.env_missing", {"variable": "SHOP_TOKEN"}),
    ],
)
def test_a_translated_sentence_is_the_sign_that_the_english_one_is(
    line: str, code: str, attributes: dict[str, str]
) -> None:
    (observation,) = signs([(NOON, line)], POD)
    assert observation.code == code
    assert attributes.items() <= observation.attributes.items()
    if code == "log.connection_failed":
        assert observation.attributes["address"] == "db.test:5432"
