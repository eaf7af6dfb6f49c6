"""How well each analysis reads each of the ten languages, on the sets that know of them."""
