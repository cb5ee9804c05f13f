"""Questions about the live system, answered by looking: by rules, and what they do not understand by a chat model.

A question is read by `grammar` into an intent with typed slots: the words and what they mean stand in `words.yaml`, the
signs of each intent in a file of `intents`. Its names are settled by `names` against what exists, and one module of
`answers` looks and says what there is. The rest goes to `model`, where one is configured. Enter at `Conversation.ask`.
Nothing here writes: to mend something an incident is opened, as by any other entrance.
"""

from sre_agent.chat.answer_context import DecisionRights, ResponderActions
from sre_agent.chat.conversation import Conversation
from sre_agent.chat.dialogue import Dialogue
from sre_agent.chat.incident_history import IncidentHistory
from sre_agent.chat.reply import ChatReply

__all__ = ["ChatReply", "Conversation", "DecisionRights", "Dialogue", "IncidentHistory", "ResponderActions"]
