"""``python -m bxnn``: the command line."""

from bxnn.compiler.start import main

main()
