"""What runs behind the wall: it loads a stranger's code, calls it when the judge asks, and hands values back.

Nothing here judges, and nothing here is trusted by the judge: the code that it loads may rewrite all of it. Requests
and replies are frames of `values`: [n, seconds, verb, ...] in, with the verbs load, call and run, and
{"id": n, "value": ...} or {"id": n, "raised": {...}} or {"id": n, "refused": sentence} out.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import io
import linecache
import os
import signal
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from quizbook.judge.values import decode, encode, read_frame

MOST_PRINTED = 64 * 1024  # characters that one run of a proof may print


class Refusal(Exception):
    """The submission cannot be used at all: the sentence says why, `line` and `column` where."""

    def __init__(self, sentence: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.line, self.column = sentence, line, column


class Withheld(importlib.abc.MetaPathFinder):
    """Answers an import of what the exercise asks for with a sentence instead of 'no such module'."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self.modules = modules

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """ImportError for the modules that are withheld; nothing for any other."""
        if any(name == module or name.startswith(module + ".") for module in self.modules):
            raise ImportError(f"{name} is withheld: it holds what this exercise asks you to write", name=name)


def serve(requests: BinaryIO, replies: BinaryIO, folder: str) -> None:
    """Answers requests until there are no more. `folder` holds the submission and probe.py.

    Each request says after how many seconds the judge will end this process: just before, the place that it was
    stuck at is written to standard error, for the judge's sentence about it; likewise at the end of its CPU time, and
    when it crashes.
    """
    if hasattr(faulthandler, "register"):
        faulthandler.enable(all_threads=False)
        faulthandler.register(signal.SIGXCPU, all_threads=False, chain=True)
    served = Served(folder)
    replies.write(encode({"id": 0, "value": None}))  # the wall stands
    replies.flush()
    while (frame := read_frame(requests.read)) is not None:
        number, seconds, verb, *arguments = decode(*frame)
        faulthandler.dump_traceback_later(max(seconds, 0.01), exit=False)
        reply = _answer(served, verb, arguments)
        faulthandler.cancel_dump_traceback_later()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        try:
            message = encode({"id": number, **reply})
        except TypeError as error:
            message = encode({"id": number, "unsendable": str(error)})
        replies.write(message)
        replies.flush()


def _answer(served: Served, verb: str, arguments: list[Any]) -> dict[str, Any]:
    verbs: dict[str, Callable[..., Any]] = {
        "load": served.load,
        "call": served.call,
        "run": served.run,
    }
    try:
        return {"value": verbs[verb](*arguments)}
    except Refusal as refusal:
        return {"refused": {"sentence": refusal.sentence, "line": refusal.line, "column": refusal.column}}
    except BaseException as error:  # SystemExit and KeyboardInterrupt of a submission are findings, not ends
        return {"raised": served.describe(error)}


class Served:
    """One submission and its probe, as loaded modules."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.submission: types.ModuleType | None = None
        self.probe: types.ModuleType | None = None

    def load(self, file: str, entry_points: Mapping[str, str], withheld: list[str]) -> None:
        """Runs the submission's file and looks whether the entry points are there and take what they will be given."""
        sys.meta_path.insert(0, Withheld(tuple(withheld)))
        sys.path.append(self.folder)
        self.submission = self._module("submission", file)
        for name, signature in entry_points.items():
            _look_at_entry_point(self.submission, name, signature)
        self.probe = self._module("probe", "probe.py")

    def call(self, name: str, inputs: dict[str, Any]) -> Any:
        """What the probe's function of that name returns."""
        return getattr(self.probe, name)(self.submission, **inputs)

    def run(self, source: str, expression: str | None) -> dict[str, Any]:
        """Runs a proof in a fresh namespace: what it printed, and what the expression gives afterwards."""
        import torch

        torch.manual_seed(123)
        namespace: dict[str, Any] = {"__name__": "proof", "torch": torch, "nn": torch.nn, "reference": _reference()}
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "<proof>", "exec", dont_inherit=True), namespace)
            value = None if expression is None else eval(expression, namespace)
        return {"printed": printed.getvalue()[:MOST_PRINTED], "value": _plain(value)}

    def _module(self, name: str, file: str) -> types.ModuleType:
        path = os.path.join(self.folder, file)  # noqa: PTH118
        loader = importlib.machinery.SourceFileLoader(name, path)
        module = types.ModuleType(name)
        module.__file__, module.__loader__ = path, loader
        module.__spec__ = importlib.util.spec_from_file_location(name, path, loader=loader)
        sys.modules[name] = module
        try:
            code = compile(loader.get_data(path), path, "exec", dont_inherit=True)
        except SyntaxError as error:
            line, text = error.lineno, (error.text or "").strip()
            raise Refusal(f"{error.msg}: {text}" if text else str(error.msg), line, error.offset) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise Refusal(f"this is no Python that can be read: {error or type(error).__name__}") from None
        try:
            exec(code, module.__dict__)
        except BaseException as error:
            if name == "probe":
                raise
            told = self.describe(error)
            raise Refusal(_why_not_loaded(error, told), told["line"]) from None
        return module

    def describe(self, error: BaseException) -> dict[str, Any]:
        """Type, message and the last line of the submission's own files that the error went through."""
        line = text = file = None
        trace = error.__traceback__
        while trace is not None:
            path = trace.tb_frame.f_code.co_filename
            if path.startswith(self.folder) and not path.endswith("probe.py"):
                file, line = os.path.basename(path), trace.tb_lineno  # noqa: PTH119
                text = linecache.getline(path, line).strip()
            trace = trace.tb_next
        try:
            message = str(error)
        except Exception:
            message = ""
        return {"type": type(error).__name__, "message": message[:2000], "file": file, "line": line, "text": text}


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def _reference() -> types.ModuleType:
    return importlib.import_module("reference")


def _why_not_loaded(error: BaseException, told: Mapping[str, Any]) -> str:
    if isinstance(error, ImportError) and "withheld" in told["message"]:
        return str(told["message"])
    if isinstance(error, ModuleNotFoundError):
        return f"it imports `{error.name}`, which is not installed here"
    if isinstance(error, SystemExit):
        return "it leaves the program while it is being imported; put what runs under if __name__ == '__main__'"
    reason = f"{told['type']}: {told['message']}" if told["message"] else told["type"]
    return f"it stops while it is being imported: {reason}"


def _look_at_entry_point(module: types.ModuleType, name: str, signature: str) -> None:
    if name not in vars(module):
        raise Refusal(f"`{name}` is not defined; this exercise asks for {name}{signature}")
    entry = vars(module)[name]
    if not callable(entry):
        raise Refusal(f"`{name}` is {_a(type(entry).__name__)}, which cannot be called; write {name}{signature}")
    wanted = _parameters(signature)
    try:
        got = list(inspect.signature(entry).parameters.values())
    except (TypeError, ValueError):
        return  # a builtin that does not tell
    line = getattr(getattr(entry, "__code__", None), "co_firstlineno", None)
    if complaint := signature_complaint(wanted, got):
        shown = f"{name}({', '.join(p.name for p in got)})"
        raise Refusal(f"`{shown}` does not take what it will be given: {complaint}; write {name}{signature}", line)


def _parameters(signature: str) -> list[inspect.Parameter]:
    # annotations of a contract are words for people: `def f(x: Tensor)` must not need Tensor
    source = f"from __future__ import annotations\ndef entry{signature}: ..."
    namespace: dict[str, Any] = {}
    exec(compile(source, "<entry point>", "exec", dont_inherit=True), namespace)
    return list(inspect.signature(namespace["entry"]).parameters.values())


def signature_complaint(wanted: list[inspect.Parameter], got: list[inspect.Parameter]) -> str | None:
    """What is wrong with the parameters `got`, parameter by parameter, or None where the call will work.

    Other names are as good as ours; the same names in another order are not.
    """
    places = [p for p in got if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    takes_any = any(p.kind == p.VAR_POSITIONAL for p in got)
    names, ours = [p.name for p in places], [p.name for p in wanted]
    complaints = []
    if set(names) == set(ours) and names != ours:
        complaints.append(f"the parameters stand in another order than {', '.join(ours)}")
    if not takes_any:
        complaints += [f"the parameter {p.name} is missing" for p in wanted[len(places) :]]
    complaints += [
        f"the parameter {p.name} has no default and gets no value"
        for p in places[len(wanted) :]
        if p.default is p.empty
    ]
    complaints += [
        f"the parameter {p.name} can only be given by name"
        for p in got
        if p.kind == p.KEYWORD_ONLY and p.default is p.empty
    ]
    return ", ".join(complaints) or None


def _a(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
