"""Weights from one layout into another, from the command line. Chapter 5."""

from __future__ import annotations

from reference.checkpoint import save_model
from reference.huggingface import save_huggingface
from reference.jobs.inputs import model_named
from reference.jobs.report import print_result
from reference.jobs.settings import Convert
from reference.model import total_parameters

ENDINGS = (".safetensors", ".pth", ".pt")


def run(settings: Convert) -> int:
    """Reads the source, and writes the target; the exit code."""
    target = settings.target
    is_file = target.suffix in ENDINGS
    if not is_file and target.suffix and not target.is_dir():
        raise ValueError(f"the target is {target}; a file ends in {', '.join(ENDINGS)}, and a folder has no ending")
    if target.exists() and not settings.overwrite and (target.is_file() or any(target.iterdir())):
        raise ValueError(f"{target} is there already; name another target, or add --overwrite")
    model = model_named(settings.source, n_heads=settings.n_heads)
    target.parent.mkdir(parents=True, exist_ok=True)
    if is_file:
        save_model(model, target)
    elif settings.layout == "openai":
        from reference.openai import save_openai_checkpoint

        save_openai_checkpoint(model, target)
    else:
        save_huggingface(model, target)
    layout = "ours" if is_file else settings.layout
    print_result({"model": str(target), "layout": layout, "parameters": total_parameters(model)}, as_json=settings.json)
    return 0
