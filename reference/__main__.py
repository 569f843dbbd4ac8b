"""Lets `python -m reference` run the jobs of `reference.jobs`, in whatever folder somebody stands."""

import os
import sys

# `-m` puts the current folder first; a learner's torch.py or json.py there is not what is meant by these names.
_here = os.getcwd()  # noqa: PTH109  # nothing is imported before the path is clean
if sys.path[:1] in ([""], [_here]) and os.path.dirname(os.path.dirname(os.path.abspath(__file__))) != _here:  # noqa: PTH100, PTH120
    del sys.path[0]

# A thread of torch's that waits for the others spins, for milliseconds by default. Where other programs are at work too
# the one that it waits for gets no processor meanwhile, and all becomes up to ten times as slow. Read when torch loads.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

from reference.jobs.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
