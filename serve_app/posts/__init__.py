"""Posts that stay: kept with their analyses, edited, found again, compared, deleted."""
