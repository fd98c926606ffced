"""``python -m sptjobs`` is ``sptjobs``."""

import sys

from sptjobs.cli import main

sys.exit(main())
