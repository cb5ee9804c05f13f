"""The failure catalogue: one data file a class, so that a new class is a new file and nothing else.

Enter at `load`. A class says what speaks for and against it, what else it explains, what to ask to be sure, what may
be done about it and what recovered means. It never says who asks, weighs or acts.
"""

from sre_agent.failures.catalogue import Catalogue, load
from sre_agent.failures.checking import unanswerable
from sre_agent.failures.model import FailureClass
from sre_agent.failures.sentences import literal
from sre_agent.failures.writing import as_file, content

__all__ = ["Catalogue", "FailureClass", "as_file", "content", "literal", "load", "unanswerable"]
