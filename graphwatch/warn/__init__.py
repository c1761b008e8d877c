"""Stage warn."""
