"""Writes the judge's checkpoints into the scratch folder and hands back weights, logits and texts."""

import contextlib
import os
from pathlib import Path

import torch
from torch import nn

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
with contextlib.suppress(Exception):  # seconds that pass while the judge makes its checkpoints
    import tensorflow  # noqa: F401

MOST = 2**20  # numbers of a tensor that is handed back; of a larger one, its shape


def loaded(submission, *, files, ids):
    """For each size the model as it was returned: its weights, and its logits for ids, twice."""
    folder = written(files)
    return [one(submission.load_gpt2(size, folder), ids) for size in files]


def one(model, ids):
    if not isinstance(model, nn.Module):
        return {"kind": type(model).__name__}
    weights = {
        name: value.detach().clone() if value.numel() <= MOST else list(value.shape)
        for name, value in model.state_dict().items()
    }
    answer = {"kind": "module", "weights": weights}
    try:
        with torch.no_grad():
            answer["logits"] = [torch.as_tensor(model(ids)).clone() for _ in range(2)]
    except Exception as error:
        answer["refused"] = f"{type(error).__name__}: {error}"[:200]
    return answer


def texts(submission, *, files, sizes, prompt, new):
    """What compare returns, twice."""
    folder = written(files)
    return [plain(submission.compare(list(sizes), folder, prompt, new)) for _ in range(2)]


def written(files):
    folder = Path("gpt2").resolve()
    for size, content in files.items():
        (folder / size).mkdir(parents=True, exist_ok=True)
        for name, data in content.items():
            (folder / size / name).write_bytes(bytes(data.numpy()))
    return str(folder)


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in list(value.items())[:50]}
    return (
        value if isinstance(value, str) else f"a {type(value).__name__}" if not isinstance(value, list) else value[:50]
    )
