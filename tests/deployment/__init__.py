"""The responder, put where it is to run."""
