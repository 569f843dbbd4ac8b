# tries: to write files into the home, /tmp, site-packages, the repository and beside itself; right verdict: not passed (exit 1)
import os
import site
import sys

import reference

work = os.path.dirname(os.path.abspath(__file__))
home = os.path.dirname(os.path.dirname(os.path.dirname(work)))
places = [
    home, home + "/canary", home + "/scratch", home + "/run", work, os.path.dirname(work), "/tmp", "/var/tmp", "/dev/shm",
    os.path.dirname(reference.__file__), os.path.dirname(os.path.dirname(reference.__file__)), sys.prefix,
    *site.getsitepackages(),
]  # fmt: skip
written = []
for place in places:
    for mode in ("x", "w", "a"):
        try:
            with open(os.path.join(place, "quizbook_hostile.txt"), mode) as file:
                file.write("was here\n")
            written.append(place)
        except OSError:
            continue
for path in (home + "/canary/file", __file__, os.path.join(work, "probe.py")):
    try:
        with open(path, "r+") as file:
            file.write("#")
        written.append(path)
    except OSError:
        continue
print("written:", written)


def transfer_weights(source, target):
    pass
