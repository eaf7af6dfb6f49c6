"""Posts that are like another, found by the vectors that an analysis gives."""
