"""What differs from language to language, as data: one folder a language.

Holds word lists and the spelling of dates and sums, loaded and checked by ``loading``. It knows
no analysis, no model, and nothing of what is done with the words.
"""
