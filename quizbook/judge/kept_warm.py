"""What takes long to import and some exercises use: imported once by what is forked for a check.

torch imports its compiler when the first optimizer takes a step and when a model is built without memory. tiktoken
itself is quick; GPT-2's encoding, which is meant, takes it half a second to make.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Iterator, Sequence

ENCODING = "tiktoken"
KEPT_WARM = ("tensorflow", ENCODING, "torch._dynamo")  # none leaves a thread behind, which a fork would not have
_tried: set[str] = set()


def not_tried(packages: Sequence[str]) -> tuple[str, ...]:
    """Those of them that this process has not imported, nor tried to."""
    return tuple(name for name in packages if name not in _tried)


def import_once(packages: Sequence[str]) -> None:
    """Imports those that were not tried; one that is not installed, or breaks, is left to who needs it."""
    if new := not_tried(packages):
        _tried.update(new)
        with _nothing_in_the_home():
            for name in new:
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
                    if name == ENCODING:
                        _make_gpt2()
        gc.collect()
        gc.freeze()  # forks need not copy what the collector would otherwise touch


def _make_gpt2() -> None:
    from quizbook.judge.offline import make_gpt2

    make_gpt2()


@contextlib.contextmanager
def _nothing_in_the_home() -> Iterator[None]:
    """Keras, which comes with TensorFlow, would write its settings there, and matplotlib, which it tries, a list."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # looked at later, when it has something to say
    os.environ["KERAS_HOME"] = os.path.join(os.devnull, "keras")  # noqa: PTH118
    absent = sys.modules.setdefault("matplotlib", None) is None  # type: ignore[arg-type]
    try:
        yield
    finally:
        if absent:
            del sys.modules["matplotlib"]
