"""`python -m explorer`."""

import sys

if not sys.flags.safe_path:
    # Python puts the current folder first: a file torch.py that lies there would be run.
    del sys.path[0]

from explorer.cli.main import main

sys.exit(main())
