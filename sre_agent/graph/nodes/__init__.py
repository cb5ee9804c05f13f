"""One step of a run each. A node reads the state, works through the context, and returns what changed."""
