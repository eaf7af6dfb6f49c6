"""Workspaces: the wall between the clients of one installation."""
