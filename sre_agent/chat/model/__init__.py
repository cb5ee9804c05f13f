"""What the rules do not understand, answered by a chat model: other languages, and what goes on from before.

The model only looks, by the read-only tools and by the rules' own answers; each call is evidence with a number. Its
answer is held against that evidence sentence by sentence before anybody reads it as an answer. To have something
mended it can only propose the words with which a person would have it done. Enter at `Assistant.answer`.
"""

from sre_agent.chat.model.assistant import Assistant
from sre_agent.chat.model.listener import Listener

__all__ = ["Assistant", "Listener"]
