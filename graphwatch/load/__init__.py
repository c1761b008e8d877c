"""Stage load."""
