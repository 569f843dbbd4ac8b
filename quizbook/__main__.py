"""Lets `python -m quizbook` do what `quizbook` does, in whatever folder somebody stands."""

import os
import sys

# `-m` puts the current folder first, and a learner's json.py or torch.py is not what we mean by those names
here = os.getcwd()  # noqa: PTH109  # pathlib is not to be imported before the path is clean
if sys.path[:1] in ([""], [here]) and os.path.dirname(os.path.dirname(__file__)) != here:  # noqa: PTH120
    del sys.path[0]

from quizbook.cli.main import main  # noqa: E402

sys.exit(main())
