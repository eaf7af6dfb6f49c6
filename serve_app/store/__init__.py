"""Analyses in Postgres, written behind the answers."""
