"""Opens the saver in which LangGraph keeps the steps of each run; LangGraph defines the contract.

Every saver here reads through `serializer`, which builds a closed list of types, and is a `fence.FencedSaver`.
"""
