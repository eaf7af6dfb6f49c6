"""Fine-tuning, calibration and export of heads and encoders."""
