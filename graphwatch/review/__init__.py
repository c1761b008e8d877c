"""What keeps people in charge: pseudonyms, later decisions and their log."""

from graphwatch.review.pseudonyms import Pseudonyms

__all__ = ["Pseudonyms"]
