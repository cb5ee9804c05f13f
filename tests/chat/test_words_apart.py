"""What a model says in plain words stands apart from what the responder states, in whatever language it says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sre_agent.chat.reply import ChatReply
from sre_lab.process import LabProcess
from tests.chat.stage import Stage, stage

CART = "cart-6c8f9d7b5-cccc3"
LOOKS: dict[str, Any] = {
    "calls": [
        {"tool": "kubectl_explain_workload", "arguments": {"name": "cart", "namespace": "shop", "kind": "Deployment"}},
        {"tool": "ask_in_english", "arguments": {"question": "is cart ready"}},
        {"tool": "kubectl_logs", "arguments": {"name": "checkout", "namespace": "shop"}},
        {"tool": "ask_in_english", "arguments": {"question": "is deployment orders in shop ready"}},
    ]
}
ASKED = {
    "en": "and what could have caused that?",
    "de": "Warum ist cart nicht bereit, und wie geht es orders?",
    "es": "¿Por qué no está listo cart, y cómo está orders?",
    "ja": "cart はなぜ準備できていませんか、orders はどうですか",
}
TRUE = {
    "en": [
        "cart is not ready. [L1]",
        "1 of 2 replicas of cart are ready. [L2]",
        f"The container of {CART} was OOM killed with exit code 137. [L1]",
        "It was killed at its memory limit 64Mi. [L1]",
        "It was restarted 7 times. [L1]",
        "cart is not ready because its memory limit is too low. [L1]",
        "The log says that the card service refused the request. [L3]",
    ],
    "de": [
        "cart ist nicht bereit. [L1]",
        "Von den Replikaten ist 1 von 2 bereit. [L2]",
        f"Der Container von {CART} wurde mit Exit-Code 137 beendet: OOMKilled. [L1]",
        "Er erreichte seine Speichergrenze von 64Mi. [L1]",
        "Es gab 7 Neustarts. [L1]",
        "Laut Log wurde die Anfrage vom card service abgelehnt. [L3]",
    ],
    "es": [
        "cart no está listo. [L1]",
        "1 de 2 réplicas de cart está lista. [L2]",
        f"El contenedor de {CART} terminó con el código 137, OOMKilled. [L1]",
        "Alcanzó su límite de memoria de 64Mi. [L1]",
        "Se reinició 7 veces. [L1]",
    ],
    "ja": [
        "cart は準備できていません。[L1]",
        "2個中1個のレプリカが準備完了です。[L2]",
        f"{CART} のコンテナは終了コード 137 で終了しました。[L1]",
        "メモリ上限は 64Mi です。[L1]",
        "再起動は 7 回です。[L1]",
    ],
}
FALSE = {
    "en": [
        "Bob Meier deleted the licence. [L1]",
        "It is so because Anna Schmidt forgot it. [L2]",
        "The database is down. [L1]",
        "It fails because the network is broken. [L3]",
        "cart has no restarts. [L1]",
        "Everything is healthy. [L1] [L3]",
        "cart is healthy with exit code 137. [L1]",
        "cart is ready without trouble. [L2]",
        "The certificate has expired. [L1]",
        "Please run kubectl delete namespace shop. [L1]",
        "Delete the namespace shop. [L1]",
        "You should restart cart. [L1]",
        "A restart helps. [L1]",
        "The problem is fixed. [L2]",
        "2 of 2 replicas of cart are ready. [L2]",
        "Alles ist gesund. [L1]",
    ],
    "de": [
        "Bob Meier hat die Lizenz gelöscht. [L1]",
        "Das liegt an Anna Schmidt. [L1]",
        "Ein Kollege hat es vergessen. [L1]",
        "Die Datenbank ist ausgefallen. [L1]",
        "Schuld ist das Netzwerk. [L3]",
        "cart hatte keine Neustarts. [L1]",
        "Alles ist gesund. [L1] [L3]",
        "cart läuft normal und ist bereit. [L1]",
        "Das Problem ist behoben. [L2]",
        "Bitte kubectl delete namespace shop ausführen. [L1]",
        "Ein Neustart von cart hilft. [L1]",
        "cart sollte neu gestartet werden. [L1]",
        "Everything is healthy. [L1]",
    ],
    "es": [
        "La culpa es de Bob Meier. [L1]",
        "La base de datos está caída. [L1]",
        "La red está rota. [L3]",
        "Todo está sano. [L1] [L3]",
        "cart funciona correctamente. [L1]",
        "El problema está resuelto. [L2]",
        "Por favor borra el namespace shop. [L1]",
        "Hubo un ataque. [L1]",
    ],
    "ja": [
        "データベースがダウンしています。[L1]",
        "ネットワーク障害が原因です。[L3]",
        "すべて正常です。[L1] [L3]",
        "cart は正常に稼働しています。[L1]",
        "問題は解決しました。[L2]",
        "cart を再起動してください。[L1]",
        "証明書の期限切れです。[L1]",
        "cart は再起動していません。[L1]",
    ],
}


@pytest.fixture(scope="module")
def shop(shop_lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(shop_lab, tmp_path_factory.mktemp("sense")) as chat_stage:
        yield chat_stage


def ask(shop: Stage, tag: str, *sentences: str) -> ChatReply:
    """The answer to a question in that language, of which the model says these sentences."""
    shop.play(LOOKS, {"text": "\n".join(f"- {sentence}" for sentence in sentences)})
    *_, reply = shop.ask("is cart ready", ASKED[tag])
    assert reply.intent == "asked_model"
    return reply


def bare(sentence: str) -> str:
    return sentence.partition("[")[0].strip()


@pytest.mark.parametrize("tag", TRUE)
def test_a_model_s_words_in_any_language_stand_apart_from_the_responder_s_statements(shop: Stage, tag: str) -> None:
    reply = ask(shop, tag, *TRUE[tag])
    assert [sentence for sentence in TRUE[tag] if bare(sentence) not in reply.words] == []
    assert [sentence for sentence in TRUE[tag] if bare(sentence) in reply.text] == []


@pytest.mark.parametrize("tag", FALSE)
def test_a_lie_in_free_words_never_stands_among_the_responder_s_statements(shop: Stage, tag: str) -> None:
    reply = ask(shop, tag, *FALSE[tag])
    assert [sentence for sentence in FALSE[tag] if bare(sentence) in reply.text] == []
    assert reply.text, "what was looked up is told, whatever the model makes of it"
