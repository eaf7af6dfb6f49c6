"""Trends: how posts change over time, kept up with every write."""
