"""Trains the encoder of sentiment and tone with their heads."""
