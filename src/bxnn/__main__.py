"""``python -m bxnn``: the command line."""

from bxnn.compiler.cli import main

main()
