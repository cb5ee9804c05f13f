"""Opens the saver in which LangGraph keeps the steps of each run; LangGraph defines the contract."""
