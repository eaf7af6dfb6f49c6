"""A post split once: letters, sentences, words, signals, language."""
