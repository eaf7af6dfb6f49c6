"""Trains the encoder of entities with its heads, and calibrates spaCy's scores."""
