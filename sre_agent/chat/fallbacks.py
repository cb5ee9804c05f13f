"""What a person is told in their own language where no chat model's answer stands: the rules speak English only.

Languages that are not here are told it in English.
"""

from __future__ import annotations

from typing import Final

from sre_agent.chat.query import UNKNOWN
from sre_agent.chat.reply import ChatReply
from sre_agent.language.lexicon import language_of

ENGLISH: Final = "en"
NOT_UNDERSTOOD: Final = {
    "en": 'Without a chat model this question is not understood. Ask it with the name of a thing; "help" shows how.',
    "de": "Ohne Chatmodell wird hier nur Englisch verstanden. Bitte später noch einmal oder auf Englisch fragen;"
    ' "help" zeigt Beispiele.',
    "es": "Sin modelo de chat aquí solo se entiende inglés. Pregunte de nuevo más tarde o en inglés;"
    ' "help" muestra ejemplos.',
    "fr": "Sans modèle de chat, seul l'anglais est compris ici. Reposez la question plus tard ou en anglais ;"
    ' "help" montre des exemples.',
    "it": "Senza un modello di chat qui si capisce solo l'inglese. Riprova più tardi o chiedi in inglese;"
    ' "help" mostra degli esempi.',
    "ja": "チャットモデルがない場合、ここでは英語しか理解できません。後でもう一度、または英語で質問してください。"
    '"help" で例を表示します。',
    "ko": "채팅 모델이 없으면 영어만 이해할 수 있습니다. 나중에 다시 또는 영어로 질문해 주세요. "
    '"help"를 입력하면 예가 나옵니다.',
    "nl": "Zonder chatmodel wordt hier alleen Engels begrepen. Vraag het later opnieuw of in het Engels;"
    ' "help" toont voorbeelden.',
    "pt": "Sem modelo de chat, aqui só se entende inglês. Pergunte de novo mais tarde ou em inglês;"
    ' "help" mostra exemplos.',
    "zh": '没有聊天模型时，这里只能理解英语。请稍后再试，或用英语提问；"help" 会显示示例。',
}
OWN_WORDS: Final = {
    "de": "Kein Chatmodell hat belegt geantwortet; was gefunden wurde, steht auf Englisch da.",
    "es": "Ningún modelo de chat dio una respuesta comprobada; lo encontrado está en inglés.",
    "fr": "Aucun modèle de chat n'a donné de réponse vérifiée ; ce qui a été trouvé est en anglais.",
    "it": "Nessun modello di chat ha dato una risposta verificata; ciò che è stato trovato è in inglese.",
    "ja": "チャットモデルから確認できる回答が得られなかったため、見つかった内容を英語で示します。",
    "ko": "채팅 모델이 확인된 답을 주지 않아, 찾은 내용을 영어로 표시합니다.",
    "nl": "Geen chatmodel gaf een gecontroleerd antwoord; wat er gevonden is, staat er in het Engels.",
    "pt": "Nenhum modelo de chat deu uma resposta verificada; o que foi encontrado está em inglês.",
    "zh": "没有聊天模型给出经过核实的回答；以下是查到的内容（英文）。",
}


def fallen_back(question: str, reply: ChatReply, *, by_model: bool) -> ChatReply:
    """The reply, and where it is not the model's own a word on that in the language of the question.

    `by_model`: the text is what a model wrote. A question that the rules do not understand either needs no long help.
    """
    if by_model:
        return reply
    language = language_of(question)
    if reply.intent == UNKNOWN and not reply.evidence:
        return reply.model_copy(update={"text": NOT_UNDERSTOOD.get(language, NOT_UNDERSTOOD[ENGLISH])})
    note = OWN_WORDS.get(language)
    return reply.model_copy(update={"notes": [*reply.notes, note]}) if note else reply
