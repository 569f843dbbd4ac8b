# tries: to import the solution, by every road that Python has; right verdict: not passed (exit 1)
import importlib
import importlib.util
import os
import runpy
import sys

import reference

root = os.path.dirname(os.path.dirname(os.path.abspath(reference.__file__)))
folder = os.path.join(root, "exercises", "ch03", "ex1_weight_transfer")
sys.path[:0] = [folder, root, "/"]
transfer_weights = None
for name in ("solution", "exercises.ch03.ex1_weight_transfer.solution", "check", "quizbook.judge.verifying"):
    try:
        transfer_weights = getattr(importlib.import_module(name), "transfer_weights", None) or transfer_weights
    except BaseException as error:
        print(name, type(error).__name__)
for attempt in (
    lambda: runpy.run_path(os.path.join(folder, "solution.py"))["transfer_weights"],
    lambda: importlib.util.spec_from_file_location("s", os.path.join(folder, "solution.py")).loader.load_module(),
    lambda: __import__("zipimport").zipimporter(folder).load_module("solution"),
    lambda: __import__("linecache").getlines(os.path.join(folder, "solution.py"))[0],
):
    try:
        found = attempt()
        transfer_weights = found if callable(found) else getattr(found, "transfer_weights", transfer_weights)
    except BaseException as error:
        print(type(error).__name__)
if transfer_weights is None:

    def transfer_weights(source, target):
        pass
