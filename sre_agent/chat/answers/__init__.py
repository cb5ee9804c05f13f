"""One module for each family of questions: it looks up what was asked and says what there is, each with its evidence.

An answer is a coroutine of a Query and a Talk that returns a Reply.
"""
