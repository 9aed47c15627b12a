"""The command line: argv → use cases → text and exit codes. `main` is where it starts."""

from sleepwalker.cli.app import main

__all__ = ["main"]
