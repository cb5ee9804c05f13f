"""From a snapshot to observations: one module for each thing that can be wrong. Requests only to look a name up."""
