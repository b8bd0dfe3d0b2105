"""`python -m shoplytics`."""

import sys

from shoplytics.cli import main

if __name__ == "__main__":
    sys.exit(main())
