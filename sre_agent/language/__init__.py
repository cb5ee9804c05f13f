"""Text as the product reads it, in any language: its names, numbers, times and words, and what may be said of them.

Enter at `tokens`, which everybody who reads text uses; `lexicon` has the words that it takes. `Source` is text that was
looked up, and `grounding` holds what a model says to it.
"""
