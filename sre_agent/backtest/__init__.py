"""What the responder would have made of alarms that are over: the same intake, graph and engine in the time of then,
over what logs and metrics still hold. Nothing is written, no chat model is asked, and nothing of it is remembered."""
