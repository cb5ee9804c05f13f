"""The people who run the responder: checks of it, its objectives, and an audit."""
