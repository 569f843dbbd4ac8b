"""Text from the command line, shown token by token as it comes. Chapters 4 and 5."""

from __future__ import annotations

import codecs
import sys
import time
from collections.abc import Iterator

import tiktoken
import torch
from torch import Tensor

from reference.generate import generate_stream
from reference.jobs.display import harmless
from reference.jobs.inputs import check_vocabulary, device_named, model_named, ready
from reference.jobs.pace import rate
from reference.jobs.report import print_result
from reference.jobs.settings import Generate
from reference.model import GPTModel
from reference.tokenizer import END_OF_TEXT_ID, gpt2_tokenizer, text_to_token_ids

UNKNOWN = "\ufffd".encode()  # for an id that a model has and the tokenizer has not


def run(settings: Generate) -> int:
    """Writes the prompt and what the model adds to it; the exit code."""
    device = device_named(settings.device)
    model = model_named(settings.model)
    check_vocabulary(model, settings.model)
    prompt = _from_stdin() if settings.prompt is None else settings.prompt
    model = ready(model, device, settings.fast)
    begun = time.monotonic()
    show = (lambda text: None) if settings.json else _show
    text, tokens = "", 0
    for number, piece in written(model, prompt, settings, device):
        tokens = number
        show(piece if text else prompt + piece)  # the prompt not before all arguments were found to be good
        text += piece
    seconds = time.monotonic() - begun
    show("\n" if text else f"{prompt}\n")
    if settings.json:
        print_result({"prompt": prompt, "text": text, "tokens": tokens, "seconds": seconds}, as_json=True)
    elif sys.stderr.isatty():
        print(f"{tokens} tokens in {seconds:.2f} s, {rate(tokens / seconds)} tokens/s", file=sys.stderr)
    return 0


def written(model: GPTModel, prompt: str, settings: Generate, device: torch.device) -> Iterator[tuple[int, str]]:
    """What the model adds to a prompt: how many tokens so far, and the text that is new, in whole characters."""
    tokenizer = gpt2_tokenizer()
    idx = text_to_token_ids(prompt, tokenizer).to(device)  # (1, tokens)
    characters = codecs.getincrementaldecoder("utf-8")(errors="replace")
    number = 0
    for token in _stream(model, idx, settings):
        number += 1
        if piece := characters.decode(_bytes(int(token), tokenizer)):
            yield number, piece
    if rest := characters.decode(b"", final=True):
        yield number, rest


def _stream(model: GPTModel, idx: Tensor, settings: Generate) -> Iterator[Tensor]:
    return generate_stream(
        model,
        idx,
        settings.max_new_tokens,
        model.cfg.context_length,
        settings.temperature,
        settings.top_k,
        END_OF_TEXT_ID if settings.stop else None,
        top_p=settings.top_p,
        seed=settings.seed,
        use_cache=settings.cache,
    )


def _bytes(token: int, tokenizer: tiktoken.Encoding) -> bytes:
    return tokenizer.decode_single_token_bytes(token) if token < tokenizer.n_vocab else UNKNOWN


def _from_stdin() -> str:
    """The prompt from another program or a keyboard, without the line's end after it."""
    if sys.stdin.isatty():
        print("The prompt, then Ctrl-D:", file=sys.stderr)
    try:
        return sys.stdin.read().removesuffix("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"the prompt on stdin is no text in {error.encoding}") from None


def _show(text: str) -> None:
    """Writes at once."""
    if sys.stdout.isatty():
        text = harmless(text)
    sys.stdout.write(text)
    sys.stdout.flush()
