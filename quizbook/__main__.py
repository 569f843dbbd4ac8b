"""Lets `python -m quizbook` do what `quizbook` does, in whatever folder somebody stands."""

import os
import sys

# `-m` puts the current folder first, and a learner's json.py or torch.py is not what we mean by those names
if sys.path and sys.path[0] in ("", os.getcwd()) and not __file__.startswith(os.path.join(os.getcwd(), "quizbook", "")):  # noqa: PTH109, PTH118
    del sys.path[0]

from quizbook.cli.main import main

sys.exit(main())
