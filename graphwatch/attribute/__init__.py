"""Stage attribute."""
