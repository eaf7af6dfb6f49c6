"""The transformer engine: texts in, vectors out, and the heads that read them."""
