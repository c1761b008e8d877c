"""Stage content."""
