"""Small models are quicker on one thread: on two, waiting for each other costs more than the products."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import torch

WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
THREADS = max(1, torch.get_num_threads() // WORKERS)  # the share of one worker


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """For the fixtures of whole modules too, which are made before those of a test."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def all_threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Slow tests are of large models or of processes, and take their share of the threads that there are."""
    if WORKERS > 1:
        monkeypatch.setenv("OMP_NUM_THREADS", str(THREADS))
    if request.node.get_closest_marker("slow"):
        torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(1)
