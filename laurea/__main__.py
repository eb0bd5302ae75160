"""`python -m laurea`: the command line."""

from laurea.cli import main

main()
