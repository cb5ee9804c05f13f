"""The specialists: who there is (`roster`, read from prompts/agents) and how one works (`specialist`)."""
