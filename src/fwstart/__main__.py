"""`python -m fwstart`, the same as the command `fwstart`."""

import sys

from fwstart.cli import main

if __name__ == "__main__":
    sys.exit(main())
