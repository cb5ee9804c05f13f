"""What may become of a chat model's word on a cause: it is checked, capped, and never believed.

Enter at `judge`. A model may propose a cause that the catalogue lacks, doubt a hypothesis, and say what it misses.
Whatever cites no evidence, or names what its evidence does not show, is dropped with a note that does not repeat it.
Pure: nothing here asks anybody anything.
"""

from sre_agent.diagnosis.proposals.answer import ProposalReply
from sre_agent.diagnosis.proposals.judging import PROPOSED, draft_of, judge
from sre_agent.diagnosis.proposals.proof import Proof

__all__ = ["PROPOSED", "Proof", "ProposalReply", "draft_of", "judge"]
