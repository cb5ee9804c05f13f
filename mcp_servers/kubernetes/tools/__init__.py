"""The read tools: each reads what it needs, observes, and answers within bounds."""
