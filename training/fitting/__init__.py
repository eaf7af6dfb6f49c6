"""Calibration and export of heads and encoders."""
