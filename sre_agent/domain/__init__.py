"""The nouns of an incident, frozen and pure: what comes in, what is believed, what is done, what is said at the end."""
