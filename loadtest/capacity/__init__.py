"""What so many posts a day need: ``python -m loadtest.capacity``."""
