"""What the encoder makes of a post, once for all analyses: its tokens and their hidden states."""
