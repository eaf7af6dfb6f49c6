"""Requests across workspaces, generated from the OpenAPI document: nothing may pass the wall.

``python -m loadtest.walls --requests 100000`` sends them and counts into
``docs/evidence/workspaces.md``.
"""
