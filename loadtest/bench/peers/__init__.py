"""Servers to compare with, each set up as its documentation recommends; loopback only."""
