"""The client's calls for posts that are kept."""
