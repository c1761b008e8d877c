"""``python -m graphwatch``."""

from graphwatch.cli import main

main()
