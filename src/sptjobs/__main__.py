"""``python -m sptjobs`` is ``sptjobs``."""

import sys

from sptjobs.commands.cli import main

sys.exit(main())
