"""What the words of a question mean beyond the lexicon, and the cues by which an intent is told."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from sre_agent.chat.intent_files import intent_files
from sre_agent.language.lexicon import cloud_kinds, cloud_plurals, kinds_in_questions


@cache
def _file() -> dict[str, Any]:
    text = (resources.files(__package__) / "words.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return data


def _split(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def _table(name: str) -> dict[str, str]:
    """What each word means."""
    return {word: meaning for meaning, words in _file()[name].items() for word in _split(words)}


def _words(name: str) -> frozenset[str]:
    return frozenset(_split(_file()[name]))


KINDS: Final = kinds_in_questions()
CLOUD_KINDS: Final = cloud_kinds()
CLOUD_PLURALS: Final = cloud_plurals()
PLURAL: Final[dict[str, tuple[str, str]]] = {
    "PersistentVolumeClaim": ("persistent volume claim", "persistent volume claims"),
    "PersistentVolume": ("persistent volume", "persistent volumes"),
    "NetworkPolicy": ("NetworkPolicy", "NetworkPolicies"),
    "Ingress": ("Ingress", "Ingresses"),
    "StorageClass": ("StorageClass", "StorageClasses"),
}
CLOUD_NOUNS: Final = {
    "Function": "function", "Queue": "queue", "Table": "table", "Database": "database", "Cache": "cache",
    "LoadBalancer": "load balancer", "NatGateway": "NAT gateway",
}  # fmt: skip
CLUSTER_KINDS: Final = frozenset({"Node", "Namespace", "PersistentVolume", "StorageClass"})
WORKLOAD_KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")
NAMED_BY_SEARCH: Final = frozenset({"", "Pod", "Service", "ReplicaSet", *WORKLOAD_KINDS})
ABBREVIATIONS: Final = _table("abbreviations")
LEVELS: Final = _table("levels")
ORDERS: Final[dict[str, tuple[str, bool]]] = {  # word: (column it orders by where none is said, most first)
    "most": ("", True),
    "highest": ("", True),
    "largest": ("size", True),
    "biggest": ("size", True),
    "least": ("", False),
    "fewest": ("", False),
    "lowest": ("", False),
    "smallest": ("size", False),
    "oldest": ("age", True),
    "newest": ("age", False),
    "youngest": ("age", False),
    "latest": ("age", False),
    "top": ("", True),
}
COMPARATIVES: Final[dict[str, tuple[str, bool]]] = {  # word: (attribute where none is said, the greater one)
    **dict.fromkeys(("newer", "younger", "more recent", "more recently created", "fresher"), ("age", False)),
    "older": ("age", True),
    **dict.fromkeys(("more", "bigger", "larger", "higher", "greater"), ("", True)),
    **dict.fromkeys(("less", "fewer", "smaller", "lower"), ("", False)),
}
MORE: Final = _table("more")
REFERENCES: Final = _table("references")
RESOURCES: Final = _table("resources")
MEASURES: Final = _table("measures")
VERB_WORDS: Final = _table("verb_words")
DISTINCT: Final = _words("distinct")
RANKS: Final = _words("ranks")
ORDINALS: Final = tuple(_split(_file()["ordinals"]))
UNHEALTHY: Final = _words("unhealthy")
BEGINS_TEXT: Final = _words("begins_text")
NEGATIONS: Final = _words("negations")
SEVERAL: Final = _words("several")
INDEFINITE: Final = _words("indefinite")
LACKING: Final = _words("lacking")
TOPIC_NOUNS: Final = _words("topic_nouns")
LIGHT: Final = _words("light")
FUNCTION: Final = _words("function")
COPULAS: Final = _words("copulas")
QUESTION_WORDS: Final = _words("question_words")
ARTICLES: Final = _words("articles")
TELLING_WORDS: Final = _words("told")
LEADS: Final = _words("leads")
VERBS: Final = _words("verbs")
FILLERS: Final = _words("fillers") | _words("chatter")
COMMON: Final = _words("common")


@cache
def cue_words() -> dict[str, list[str]]:
    """The words of each cue: those of the table, and those that an intent brings along in its own file."""
    cue_words: dict[str, list[str]] = {}
    for cues in (_file()["cues"], *(intent_file.get("cues", {}) for intent_file in intent_files().values())):
        for cue, words in cues.items():
            cue_words[cue] = [*cue_words.get(cue, []), *_split(words)]
    return cue_words
