"""What logs say in other languages than English: levels as loggers write them, and the sentences of C libraries and
databases whose messages are translated. Data; the patterns of the English words stand where they are used.
"""

from __future__ import annotations

from typing import Final

_ERRORS: Final = (
    "FEHLER KRITISCH SCHWERWIEGEND ERREUR CRITIQUE ERRO CRÍTICO CRITICO FALHA FALLO GRAVE ERRORE FOUT FEL KRITISK "
    "BŁĄD HATA ОШИБКА ПОМИЛКА エラー 致命的 错误 錯誤 严重 嚴重 致命 오류 에러 심각"
)
_WARNINGS: Final = (
    "WARNUNG AVERTISSEMENT AVISO ADVERTENCIA AVVISO WAARSCHUWING VARNING OSTRZEŻENIE UYARI ПРЕДУПРЕЖДЕНИЕ ВНИМАНИЕ "
    "警告 경고"
)
_CALM: Final = "HINWEIS INFORMACIÓN INFORMAÇÃO INFORMAZIONE BILGI ИНФО ИНФОРМАЦИЯ 情報 信息 資訊 정보"
LEVELS: Final[dict[str, str]] = {
    word.lower(): level
    for level, words in (("error", _ERRORS), ("warning", _WARNINGS), ("info", _CALM))
    for word in words.split()
}
LEVEL_WORDS: Final = "|".join(sorted((w.upper() for w in LEVELS), key=len, reverse=True))

# Why a connection failed, by the same words as the English sentences.
CONNECTIONS: Final[dict[str, str]] = {
    "dns": r"name oder (?:der )?dienst (?:ist )?nicht bekannt|nom ou service inconnu|nombre o servicio desconocido"
    r"|nome ou serviço desconhecido|nome o servizio sconosciuto|имя или служба не известн|名前またはサービスが不明"
    r"|未知的名称或服务|域名解析|無法解析|无法解析(?:主机|域名)"
    r"|이름 또는 서비스를 알 수 없|host(?:name)? nicht auflösen",
    "refused": r"verbindung(?:saufbau)?\b.{0,60}(?:abgelehnt|verweigert)|connexion refusée"
    r"|conexión re(?:chazada|husada)|conexão recusada|connessione rifiutata|verbinding geweigerd|połączenie odrzucone"
    r"|соединени\w+ (?:отказано|отклонено)"
    r"|接続(?:が|を)拒否|连接被拒绝|拒绝连接|連線被拒|연결이? 거부",
    "timeout": r"zeitüberschreitung|wartezeit .{0,30}abgelaufen|délai d.attente|tiempo de (?:espera|conexión) agotado"
    r"|expiró el tiempo|tempo (?:limite )?(?:esgotado|scaduto)|время ожидания .{0,30}истекло|タイムアウト"
    r"|连接超时|請求逾時|请求超时|시간 초과",
    "unknown": r"verbindung (?:zu|mit) .{0,60}(?:nicht möglich|fehlgeschlagen|nicht hergestellt)"
    r"|(?:nicht|keine) verbind\w+ (?:zu|mit|herstellen)|impossible de (?:se connecter|joindre)"
    r"|no se p(?:udo|uede) conectar|não foi possível conectar|impossibile connettersi|не удалось подключиться"
    r"|接続できません|接続に失敗|无法连接|连接失败|연결할 수 없|연결 실패",
}
LOGIN: Final = (
    r"passwort-?authentifizierung .{0,80}fehlgeschlagen|authentification par mot de passe échouée"
    r"|autentificación password falló|autenticação do tipo senha falhou|autenticazione con password fallita"
    r"|не прошёл проверку подлинности|パスワード認証に失敗|(?:密码|password) ?认证失败|password 인증을 실패"
)
LACKS: Final = (
    r"(?:ist |wurde )?nicht (?:gesetzt|definiert|gefunden|angegeben)|fehlt|non définie?|manquante?"
    r"|no (?:está )?definida|não (?:está )?definida|ausente|non (?:è )?(?:definita|impostata)"
    r"|не задан|отсутствует|не установлен"
    r"|(?:が|は)?(?:設定|定義|指定)されていません|が?(?:未設定|ありません)|未设置|未設置|未定义|缺失|不存在"
    r"|(?:이|가)? ?(?:설정|정의)되지 않"
)
MISSING: Final = (
    r"fehlt|fehlende?|pflichtvariable|manquante?|il manque|falta(?:ndo)?|manca(?:nte)?|ontbrekende?|brakuje|отсутствует"
    r"|не задана?|不足|缺少|缺失|未设置|없습니다|누락"
)
