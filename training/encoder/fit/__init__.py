"""Fits the encoder and its heads on packed sets.

Needs torch and numpy alone, so that it runs where the project is not installed, for instance on a
borrowed GPU: in a folder that holds ``training/`` and nothing else.
"""
