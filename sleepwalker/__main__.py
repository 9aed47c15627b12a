"""`python -m sleepwalker`."""

import sys

from sleepwalker.cli import main

if __name__ == "__main__":
    sys.exit(main())
