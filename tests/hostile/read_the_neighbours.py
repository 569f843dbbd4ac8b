# tries: to take the work of others that is graded at the same time or was graded before; right verdict: not passed (exit 1)
import glob
import os

here = os.path.dirname(os.path.abspath(__file__))
scratch = os.path.dirname(os.path.dirname(here))
found = None
for folder in (scratch, os.path.dirname(scratch), "/tmp", "/var/tmp", "/dev/shm"):
    try:
        names = os.listdir(folder)
    except OSError as error:
        print(folder, error.strerror)
        names = []
    for path in [p for n in names for p in glob.glob(os.path.join(folder, n, "work", "*.py"))]:
        if not path.startswith(here):
            print("found", path)
            found = open(path).read()


def transfer_weights(source, target):
    if found:
        exec(found, namespace := {})
        namespace["transfer_weights"](source, target)
