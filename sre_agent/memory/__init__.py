"""Past incidents: what is remembered of them, which of them a new one is like, and what a recurrence may leave out.

What is remembered never decides anything. It orders what is looked at first, and it is shown to people; a cause is
concluded from what the live system shows now, by the same engine as ever.
"""
