"""From data files to the weights in ``deployments/models`` and their cards.

Not part of the installed package. Runs on the data folder described in its own
README; only sets that may be trained on are ever fitted, see :mod:`training.datasets.corpora`.
"""
