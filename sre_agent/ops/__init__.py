"""The people who run the responder get checks of it that run themselves: each is a small module of `checks` and a row
of its table. Checks only read; what they may not read they say, and never count as well."""
