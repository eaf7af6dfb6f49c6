"""What the analyses are worth: figures beside stock alternatives and goals.

A module for each analysis yields its figures; ``figure`` is one of them, ``table`` writes
them, ``floors`` guards them, ``checks`` are the hand-written cases. Texts go through the
analyzers' own path, and only validation splits are read.
"""
