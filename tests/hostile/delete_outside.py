# tries: to delete, rename, empty and link the files of a canary folder in the home; right verdict: not passed (exit 1)
import os
import shutil

work = os.path.dirname(os.path.abspath(__file__))
canary = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(work))), "canary")
path = canary + "/file"
done = []
for attempt in (
    lambda: os.truncate(path, 0),
    lambda: os.rename(path, canary + "/renamed"),
    lambda: os.link(path, "linked"),
    lambda: os.rename(path, "moved"),
    lambda: (os.symlink(path, "by_symlink"), open("by_symlink", "a").write("x")),
    lambda: (os.symlink(canary, "by_folder"), os.mkdir("by_folder/new")),
    lambda: os.replace(__file__, canary + "/replaced"),
    lambda: os.unlink(path),
    lambda: os.rmdir(canary),
    lambda: shutil.rmtree(canary),
    lambda: os.unlink(__file__),
):
    try:
        attempt()
        done.append(attempt.__code__.co_firstlineno)
    except OSError:
        continue
print("done:", done)


def transfer_weights(source, target):
    pass
