"""`python -m graphviz_bp` is the command line."""

from .cli import main

main()
