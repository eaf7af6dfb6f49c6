"""What the analyses are worth: values of measures beside baselines and goals.

A module for each analysis yields its rows; ``metric_row`` is one of them, ``metrics`` has the
measures, ``markdown_tables`` writes the rows, ``floors`` guards them, ``checks`` are the
hand-written cases. Texts go through the analyzers' own path, and only validation splits are read.
"""
