"""Whether what is said is shown: the names, numbers and times of a sentence, held against the text of its sources.

Whatever speaks of an incident is held to it: reports, the findings of specialists, and what a chat model proposes.
"""

from __future__ import annotations

from sre_agent.grounds.basis import Basis, of_evidence, subject_names
from sre_agent.grounds.foreign import plain
from sre_agent.grounds.languages import Language, language, language_of, languages, languages_of
from sre_agent.grounds.originals import Originals
from sre_agent.grounds.retelling import Retelling
from sre_agent.grounds.sense import Said
from sre_agent.grounds.sources import of_call, of_signal, of_write
from sre_agent.grounds.tokens import Source, Token, sentences, tokens

__all__ = [
    "Basis",
    "Language",
    "Originals",
    "Retelling",
    "Said",
    "Source",
    "Token",
    "language",
    "language_of",
    "languages",
    "languages_of",
    "of_call",
    "of_evidence",
    "of_signal",
    "of_write",
    "plain",
    "sentences",
    "subject_names",
    "tokens",
]
