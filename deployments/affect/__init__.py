"""What sentiment and tone share: how a post is cut into segments, put into words and embedded."""
