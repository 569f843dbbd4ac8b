"""What can be told to each job: one frozen dataclass a job, whose fields are the options of the command line.

Nothing here imports torch, so that `--help` and a mistyped option are answered at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from typer import Argument, Option

Precision = Literal["fp32", "bf16"]
Fast = Literal["fp32", "fp16", "bf16", "int8"]


def _option(panel: str, about: str, *flags: str, **more: Any) -> Any:
    return Option(*flags, help=about, rich_help_panel=panel, **more)


MACHINE, TRAINING, SHAPE, FOLDER, SAMPLING, JUDGE = "Machine", "Training", "Model", "Folder", "Sampling", "Judge"
FASTER = "run a packed copy of the model in this number format"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What every job understands."""

    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"], _option(MACHINE, "where to compute; auto takes a GPU if there is one")
    ] = "auto"
    threads: Annotated[
        int | None, _option(MACHINE, "threads on the CPU; by default as many as torch finds fit", min=1)
    ] = None
    json: Annotated[bool, _option(MACHINE, "print the result as one JSON document on stdout", "--json")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(Job):
    """What every training understands."""

    out: Annotated[Path, _option(FOLDER, "folder of checkpoint, model, losses and curves")] = Path("runs")
    fresh: Annotated[
        bool, _option(FOLDER, "start over; a training that is in the folder is moved aside", "--fresh")
    ] = False
    save_every: Annotated[float, _option(FOLDER, "seconds from one checkpoint to the next", min=0.0)] = 30.0

    epochs: Annotated[int, _option(TRAINING, "passes over the data", min=1)] = 10
    batch_size: Annotated[int, _option(TRAINING, "samples that go through the model at a time", min=1)] = 4
    accumulation: Annotated[int, _option(TRAINING, "batches that make one step", min=1)] = 1
    lr: Annotated[
        float | None, _option(TRAINING, "highest learning rate; by default one that suits the model", min=0.0)
    ] = None
    min_lr: Annotated[
        float | None, _option(TRAINING, "learning rate of the last step; by default a tenth of --lr", min=0.0)
    ] = None
    warmup: Annotated[float, _option(TRAINING, "share of the steps in which the rate rises", min=0.0, max=1.0)] = 0.1
    weight_decay: Annotated[float, _option(TRAINING, "weight decay of AdamW", min=0.0)] = 0.1
    clip: Annotated[float, _option(TRAINING, "length that gradients are cut to; 0 leaves them", min=0.0)] = 1.0
    precision: Annotated[Precision, _option(TRAINING, "number format of the matrix products")] = "fp32"
    eval_every: Annotated[
        int | None,
        _option(TRAINING, "steps between two looks at the losses; by default 40 looks, but 10 steps at least", min=1),
    ] = None
    eval_batches: Annotated[int, _option(TRAINING, "batches of such a look", min=1)] = 5
    seed: Annotated[int, _option(TRAINING, "start of all random numbers", min=0)] = 123

    size: Annotated[str, _option(SHAPE, "tiny, or gpt2-small, gpt2-medium, gpt2-large, gpt2-xl")] = "tiny"
    emb_dim: Annotated[int | None, _option(SHAPE, "instead of what the size says: size of an embedding")] = None
    n_heads: Annotated[int | None, _option(SHAPE, "attention heads")] = None
    n_layers: Annotated[int | None, _option(SHAPE, "transformer blocks")] = None
    context_length: Annotated[int | None, _option(SHAPE, "most tokens that the model sees")] = None
    drop_rate: Annotated[float | None, _option(SHAPE, "dropout while training")] = None
    qkv_bias: Annotated[
        bool | None, _option(SHAPE, "biases of query, key and value", "--qkv-bias/--no-qkv-bias", show_default=False)
    ] = None
    tie_weights: Annotated[
        bool | None, _option(SHAPE, "the head is the token embedding", "--tie-weights/--untied", show_default=False)
    ] = None

    FREE: ClassVar[tuple[str, ...]] = ("device", "threads", "json", "out", "fresh", "save_every")
    """Fields that may differ when a training is gone on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretrain(Training):
    """Train a model on a text, from random weights (chapter 5, appendix D).

    Run again, the same command goes on where it was stopped. Under `torchrun` several processes train together.
    """

    data: Annotated[str, Argument(help="a UTF-8 text file, or the-verdict")] = "the-verdict"
    out: Annotated[Path, _option(FOLDER, "folder of checkpoint, model, losses and curves")] = Path("runs/pretrain")
    epochs: Annotated[int, _option(TRAINING, "passes over the data", min=1)] = 20
    batch_size: Annotated[int, _option(TRAINING, "samples that go through the model at a time", min=1)] = 2
    val_share: Annotated[float, _option(TRAINING, "share of the text, its end, to validate with", min=0.0, max=0.9)] = (
        0.1
    )
    prompt: Annotated[str, _option(TRAINING, "text that the model goes on from after each epoch")] = (
        "Every effort moves you"
    )

    FREE: ClassVar[tuple[str, ...]] = (*Training.FREE, "prompt")


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuning(Training):
    """What both fine-tunings understand."""

    model: Annotated[
        str | None,
        _option(SHAPE, "file, folder or size (such as 124M) to start from; by default a new model", "--model"),
    ] = None
    lora_rank: Annotated[
        int | None, _option(TRAINING, "train only adapters of this rank beside the linear layers", min=1)
    ] = None
    lora_alpha: Annotated[float | None, _option(TRAINING, "their factor; by default the rank")] = None
    max_length: Annotated[int | None, _option(TRAINING, "tokens of a sample; longer ones are cut", min=1)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify(FineTuning):
    """Train a classifier of spam (chapter 6), or classify messages: --text "..." --model FILE."""

    data: Annotated[
        str, Argument(help="sms-spam; or a file: .csv with the columns Label and Text, else label, tab, text a line")
    ] = "sms-spam"
    text: Annotated[
        list[str], _option(SAMPLING, "classify this message with --model, and train nothing; may come several times")
    ] = ()  # type: ignore[assignment]
    out: Annotated[Path, _option(FOLDER, "folder of checkpoint, model, losses and curves")] = Path("runs/classify")
    epochs: Annotated[int, _option(TRAINING, "passes over the data", min=1)] = 4
    batch_size: Annotated[int, _option(TRAINING, "samples that go through the model at a time", min=1)] = 8
    train: Annotated[
        Literal["all", "last-block", "head"] | None,
        _option(TRAINING, "what is trained; by default last-block with --model, else all", show_default=False),
    ] = None

    FREE: ClassVar[tuple[str, ...]] = (*Training.FREE, "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruct(FineTuning):
    """Train a model to follow instructions, and write its responses to those of the test set (chapter 7)."""

    data: Annotated[str, Argument(help="instruction-data, or a JSON file of entries like it")] = "instruction-data"
    out: Annotated[Path, _option(FOLDER, "folder of checkpoint, model, losses and curves")] = Path("runs/instruct")
    epochs: Annotated[int, _option(TRAINING, "passes over the data", min=1)] = 2
    batch_size: Annotated[int, _option(TRAINING, "samples that go through the model at a time", min=1)] = 8
    style: Annotated[Literal["alpaca", "phi3"], _option(TRAINING, "layout of the prompts")] = "alpaca"
    mask: Annotated[
        bool, _option(TRAINING, "whether the instruction counts for nothing in the loss", "--mask/--no-mask")
    ] = False
    responses: Annotated[
        int | None, _option(SAMPLING, "entries of the test set to respond to; by default all", min=0)
    ] = None
    max_new_tokens: Annotated[int, _option(SAMPLING, "most tokens of a response", min=1)] = 128

    FREE: ClassVar[tuple[str, ...]] = (*Training.FREE, "responses", "max_new_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate(Job):
    """Go on from a prompt, token by token (chapters 4 and 5)."""

    model: Annotated[str, Argument(help="file, folder, or size (such as 124M) whose weights are in the data folder")]
    prompt: Annotated[str | None, Argument(help="the text to go on from; without it, stdin is read")] = None
    max_new_tokens: Annotated[int, _option(SAMPLING, "at most so many tokens are added", min=0)] = 50
    temperature: Annotated[float, _option(SAMPLING, "0 takes the most probable token; 1 draws as the model says")] = 0.0
    top_k: Annotated[int | None, _option(SAMPLING, "draw from the k most probable tokens only")] = None
    top_p: Annotated[float | None, _option(SAMPLING, "draw from the fewest tokens with this probability")] = None
    seed: Annotated[int | None, _option(SAMPLING, "makes the drawing repeatable", min=0)] = None
    stop: Annotated[bool, _option(SAMPLING, "whether <|endoftext|> ends the text", "--stop/--no-stop")] = True
    cache: Annotated[
        bool, _option(MACHINE, "whether keys and values of earlier tokens are kept", "--cache/--no-cache")
    ] = True
    fast: Annotated[Fast | None, _option(MACHINE, FASTER)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluate(Job):
    """Measure a model's loss on a text, a classifier's accuracy, or responses by a judge that is asked."""

    target: Annotated[str, Argument(help="a model as for generate, a classifier's file, or a JSON file of responses")]
    data: Annotated[
        str | None, Argument(help="what to measure on; by default the-verdict or sms-spam", show_default=False)
    ] = None
    batch_size: Annotated[int, _option(MACHINE, "samples that go through the model at a time", min=1)] = 8
    fast: Annotated[Fast | None, _option(MACHINE, FASTER)] = None
    url: Annotated[str, _option(JUDGE, "the judge's chat server: Ollama's, or one that speaks OpenAI's protocol")] = (
        "http://localhost:11434/api/chat"
    )
    judge_model: Annotated[str, _option(JUDGE, "the model that it is to judge with")] = "llama3"
    key: Annotated[str, _option(JUDGE, "where in an entry the response stands")] = "model_response"
    timeout: Annotated[float, _option(JUDGE, "seconds for one answer of the judge", min=0.1)] = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert(Job):
    """Bring weights from one layout into another."""

    source: Annotated[
        str, Argument(help="a model as for generate: .safetensors, .pth, a folder of Hugging Face's or OpenAI's")
    ]
    target: Annotated[Path, Argument(help="a file .safetensors or .pth in our layout, or a folder")]
    layout: Annotated[Literal["huggingface", "openai"], _option(SHAPE, "what a target that is a folder gets")] = (
        "huggingface"
    )
    n_heads: Annotated[
        int | None, _option(SHAPE, "attention heads, where the source is a bare state dict of another shape than GPT-2")
    ] = None
    overwrite: Annotated[bool, _option(FOLDER, "replace a target that is there", "--overwrite")] = False


JOBS: dict[str, type[Job]] = {
    "pretrain": Pretrain,
    "generate": Generate,
    "classify": Classify,
    "instruct": Instruct,
    "evaluate": Evaluate,
    "convert": Convert,
}
