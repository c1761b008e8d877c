"""Stage graph."""
