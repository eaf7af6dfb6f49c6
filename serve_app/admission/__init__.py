"""How much is taken on at one time, and what whoever is refused is told: when to come back."""
