# tries: to read solution.py and check.py from wherever an installation may keep them, and to use what it finds; right verdict: not passed (exit 1)
import glob
import os
import sys

import reference

root = os.path.dirname(os.path.dirname(os.path.abspath(reference.__file__)))
places = [root, sys.prefix + "/share/quizbook", sys.base_prefix + "/share/quizbook", os.getcwd(), os.path.expanduser("~")]
found = None
for place in places:
    for name in ("solution.py", "check.py", "mistakes/not_transposed.py"):
        for path in (f"{place}/exercises/ch03/ex1_weight_transfer/{name}", f"{place}/{name}", f"/proc/self/root{place}/{name}"):
            try:
                with open(path) as file:
                    text = file.read()
                if name == "solution.py":
                    found = text
                print("read", path)
            except OSError:
                continue
    for pattern in (place + "/**/solution.py", place + "/../*/solution.py"):
        for path in glob.glob(pattern, recursive=True)[:20]:
            print("saw", path)
if found:
    exec(found)
else:

    def transfer_weights(source, target):
        pass
