"""Trains the encoder of all analyses with the heads of all tasks."""
