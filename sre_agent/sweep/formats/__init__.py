"""A sweep as other programs and pages read it: a module each, with `text` of the sections of one sweep."""
