"""Where the data sets and GPT-2's weights come from, where they lie here, and how one knows that they are the ones.

They lie in one folder: `$QUIZBOOK_DATA`, else `$QUIZBOOK_HOME/data`, else the user's data folder. `obtain`
brings them there; nothing in this module goes to the network.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reference.checksum import checksum
from reference.config import config_named

State = Literal["here", "partly", "damaged", "absent"]

GUIDE = "https://raw.githubusercontent.com/rasbt/LLMs-from-scratch/main"
OPENAI = "https://openaipublic.blob.core.windows.net/gpt-2/models"
SIZES = ("124M", "355M", "774M", "1558M")
HPARAMS = {
    "n_vocab": "vocab_size",
    "n_ctx": "context_length",
    "n_embd": "emb_dim",
    "n_head": "n_heads",
    "n_layer": "n_layers",
}
"""What OpenAI's hparams.json calls the numbers of GPTConfig."""
SOON_READ = 1 << 22  # bytes; a larger file is not read through only to see whether it is whole


@dataclass(frozen=True, slots=True)
class File:
    """One file of a source.

    size: in bytes, sha256: in hexadecimal; None where nobody has told. needed: whether the source is of no use without.
    member: where the URL leads to a zip archive, the name of the file in it.
    """

    name: str
    url: str
    size: int | None = None
    sha256: str | None = None
    member: str | None = None
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """A data set, which is one file, or the weights of one size of GPT-2, which are a folder of files.

    place: of the file or folder in `data_folder()`. chapters: of the guide, where it is used.
    """

    name: str
    what: str
    chapters: str
    kind: Literal["data", "weights"]
    place: str
    origin: str
    licence: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        """Bytes of all files whose size is known."""
        return sum(file.size or 0 for file in self.files)

    def path(self, file: File, folder: Path) -> Path:
        """Where one of the files lies in a data folder."""
        return folder / self.place if self.kind == "data" else folder / self.place / file.name


def _weights(size: str, index: int | None, meta: int | None) -> Source:
    """The files as OpenAI serves them; the one with the weights comes last, so that it is never there alone."""
    files = (
        ("hparams.json", None, None, True),
        ("checkpoint", 77, None, False),
        ("encoder.json", 1042301, "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783", False),
        ("vocab.bpe", 456318, "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5", False),
        ("model.ckpt.meta", meta, None, False),
        ("model.ckpt.index", index, None, True),
        ("model.ckpt.data-00000-of-00001", 4 * _tied_parameters(size), None, True),
    )
    return Source(
        name=f"gpt2-{size}",
        what=f"GPT-2's weights, {size[:-1]} million parameters, as TensorFlow checkpoint",
        chapters="5, 6 and 7",
        kind="weights",
        place=f"gpt2/{size}",
        origin="OpenAI, 2019",
        licence="modified MIT",
        files=tuple(File(name, f"{OPENAI}/{size}/{name}", b, sha, needed=needed) for name, b, sha, needed in files),
    )


def _tied_parameters(size: str) -> int:
    """How many numbers OpenAI's checkpoint holds: the head is the token embedding, the attention has all biases."""
    cfg = config_named(size)
    block = 12 * cfg.emb_dim**2 + 13 * cfg.emb_dim
    return (cfg.vocab_size + cfg.context_length + 2) * cfg.emb_dim + cfg.n_layers * block


SOURCES = (
    Source(
        name="the-verdict",
        what="'The Verdict', a short story by Edith Wharton, 1908; 5,145 GPT-2 tokens",
        chapters="2 and 5",
        kind="data",
        place="the-verdict.txt",
        origin="rasbt/LLMs-from-scratch, ch02",
        licence="public domain",
        files=(
            File(
                "the-verdict.txt",
                f"{GUIDE}/ch02/01_main-chapter-code/the-verdict.txt",
                20479,
                "b41e41a68f0398a3154ae69e2e4c0e2694e17fe0d66730536837f1b01935b31f",
            ),
        ),
    ),
    Source(
        name="sms-spam",
        what="SMS Spam Collection: 5,574 text messages, ham or spam, by Almeida and Hidalgo, 2011",
        chapters="6",
        kind="data",
        place="SMSSpamCollection.tsv",
        origin="UCI Machine Learning Repository",
        licence="CC BY 4.0",
        files=(
            File(
                "SMSSpamCollection.tsv",
                "https://archive.ics.uci.edu/static/public/228/sms+spam+collection.zip",
                477907,
                "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d",
                member="SMSSpamCollection",
            ),
        ),
    ),
    Source(
        name="instruction-data",
        what="1,100 instructions with inputs and outputs",
        chapters="7",
        kind="data",
        place="instruction-data.json",
        origin="rasbt/LLMs-from-scratch, ch07",
        licence="Apache-2.0",
        files=(
            File(
                "instruction-data.json",
                f"{GUIDE}/ch07/01_main-chapter-code/instruction-data.json",
                203524,
                "7e09a9af353722ca15c18bc580f093f9c39d3178335a75177319cb1e1d163944",
            ),
        ),
    ),
    # Sizes of index and meta as two public test suites have them; those of the two larger models nobody states.
    _weights("124M", 5215, 471155),
    _weights("355M", 10399, 926519),
    _weights("774M", None, None),
    _weights("1558M", None, None),
)


def data_folder() -> Path:
    """The folder of data sets and weights; it may not exist yet."""
    if named := os.environ.get("QUIZBOOK_DATA"):
        return Path(named).expanduser().absolute()
    if home := os.environ.get("QUIZBOOK_HOME"):
        return Path(home).expanduser().absolute() / "data"
    from platformdirs import user_data_path

    return user_data_path("quizbook", appauthor=False) / "data"


def source_named(name: str) -> Source:
    """The source of this name. Raises ValueError for any other, with the names that there are."""
    for source in SOURCES:
        if source.name == name:
            return source
    names = [source.name for source in SOURCES]
    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]}? There are" if near else "there are"
    raise ValueError(f"there is no source {name!r}; {hint} {', '.join(names)}")


def state_of(source: Source) -> State:
    """Whether the needed files are in the data folder, by their sizes, small ones by their checksums too.

    "partly": a download was begun. "damaged": a file is there, and is not the one.
    """
    folder = data_folder()
    paths = [(file, source.path(file, folder)) for file in source.files]
    needed = [(file, path) for file, path in paths if file.needed]
    if any(path.exists() and fault_of(file, path) for file, path in needed):
        return "damaged"
    if all(path.exists() for _, path in needed):
        return "here"
    begun = any(path.exists() or any(path.parent.glob(f"{path.name}*.part")) for _, path in paths)
    return "partly" if begun else "absent"


def path_of(name: str) -> Path:
    """Where a data set's file or the weights' folder lies.

    Raises FileNotFoundError where it is not here or not whole, with the commands that help; ValueError for a name that
    is none.
    """
    source = source_named(name)
    path = data_folder() / source.place
    if (state := state_of(source)) == "here":
        return path
    what = "is not what it should be" if state == "damaged" else "is not there"
    raise FileNotFoundError(
        f"{path} {what}: `quizbook data get {name}` downloads it, `quizbook data add FILE` takes a copy that you have"
    )


def fault_of(file: File, path: Path) -> str | None:
    """What shows that a file is not the one that it should be, to be read after its name; None if nothing does."""
    if not path.is_file():
        return "is no file"
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        return f"has {size:,} bytes, expected are {file.size:,}"
    if file.sha256 and size <= SOON_READ and (found := checksum(path)) != file.sha256:
        return f"has the SHA-256 {found}, expected is {file.sha256}"
    return None


def amount(size: int) -> str:
    """A number of bytes in words of three digits: 20.5 kB, 498 MB, 1.42 GB."""
    value, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.3g} {unit}" if unit == "bytes" else f"{value:#.3g}".rstrip(".") + f" {unit}"
