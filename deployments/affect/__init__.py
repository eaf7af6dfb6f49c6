"""What sentiment and tone share: how a post is cut into units and put into words."""
