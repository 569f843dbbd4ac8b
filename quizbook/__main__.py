"""Lets `python -m quizbook` do what `quizbook` does."""

import sys

from quizbook.cli.main import main

sys.exit(main())
