"""The responder over HTTP: what people, programs and monitors ask of it."""
