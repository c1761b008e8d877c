"""Stage trace."""
