"""What people would take otherwise, as its own documentation uses it."""
