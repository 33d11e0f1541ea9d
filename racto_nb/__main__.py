"""`python -m racto_nb`: the command `racto-nb` of exactly this Python, wherever PATH leads."""

from __future__ import annotations

import sys

from racto_nb.command_line import main

if __name__ == "__main__":
    sys.exit(main())
