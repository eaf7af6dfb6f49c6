"""The labelled sets, and what their labels mean here."""
