"""The run of one incident as a LangGraph StateGraph: `state` (what is checkpointed), `context` (what a run is given),
`nodes/` (one step each), `build` (wiring only)."""
