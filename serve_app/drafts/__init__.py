"""Drafts, analysed while they are typed: the newest text alone, and of it what has changed.

``messages`` is what a caller says, ``parts`` a draft in sentences, ``marks`` what is known of them,
``channel`` the order of the work, ``pace`` how much of it there may be. Knows no HTTP.
"""
