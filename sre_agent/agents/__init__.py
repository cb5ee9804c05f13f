"""The specialists: who there is (`roster`, read from prompts/agents) and how one works: it makes the calls that it is
asked for (`specialist`), or a chat model answers a question with its tools (`inquiry`, from what `picture` shows)."""
