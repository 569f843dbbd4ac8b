"""What both fine-tunings begin with: a model that is there or a new one, and adapters where they are wanted."""

from __future__ import annotations

from reference.jobs.inputs import check_vocabulary, model_named
from reference.jobs.new_model import OVERRIDES, new_model, seeded, shape_of
from reference.jobs.settings import FineTuning
from reference.lora import freeze, merge_lora, replace_linear_with_lora
from reference.model import GPTModel


def start(settings: FineTuning) -> GPTModel:
    """The model to fine-tune, on the CPU, with the random numbers started from the seed.

    One that was pretrained gets no dropout unless it is asked for, as in the guide.
    Raises ValueError where the shape of a new model is asked for beside a model that is there.
    """
    if settings.model is None:
        seeded(settings.seed)
        return new_model(shape_of(settings))
    shaped = [name for name in OVERRIDES if name != "drop_rate" and getattr(settings, name) is not None]
    if shaped or settings.size != "tiny":
        name = (shaped or ["size"])[0].replace("_", "-")
        raise ValueError(
            f"--{name} is for a new model; {settings.model} has its own shape, so leave one of the two out"
        )
    model = model_named(settings.model, drop_rate=settings.drop_rate or 0.0)
    check_vocabulary(model, settings.model)
    seeded(settings.seed)
    return model


def adapt(model: GPTModel, settings: FineTuning) -> None:
    """Puts adapters beside the linear layers and freezes all else, where a rank is given."""
    if settings.lora_rank is not None:
        freeze(model)
        alpha = settings.lora_rank if settings.lora_alpha is None else settings.lora_alpha
        replace_linear_with_lora(model, settings.lora_rank, alpha)


def merged(model: GPTModel, settings: FineTuning) -> GPTModel:
    """The same model without adapters: what they learned is in its weights."""
    if settings.lora_rank is not None:
        merge_lora(model)
    return model


def sample_length(settings: FineTuning, model: GPTModel, default: int | None) -> int | None:
    """Tokens of a sample. Raises ValueError for more than the model sees."""
    context = model.cfg.context_length
    length = default if settings.max_length is None else settings.max_length
    if length is not None and length > context:
        raise ValueError(f"--max-length is {length}; the model sees at most {context} tokens")
    return length
