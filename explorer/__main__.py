"""`python -m explorer`."""

import os
import sys
from contextlib import suppress

with suppress(FileNotFoundError):  # a removed folder is not on the path
    if not sys.flags.safe_path and sys.path[0] == os.getcwd():  # noqa: PTH109
        # Python puts the current folder first: a file torch.py that lies there would be run.
        del sys.path[0]

from explorer.cli.main import main

sys.exit(main())
