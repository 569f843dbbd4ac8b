# tries: to start /bin/true, by every road that Python has; right verdict: not passed (exit 1)
import multiprocessing
import os
import subprocess

started = []
for name, attempt in {
    "run": lambda: subprocess.run(["/bin/true"], check=True),
    "shell": lambda: subprocess.check_output("true", shell=True),
    "system": lambda: os.system("true") and os.stat("/nowhere"),
    "popen": lambda: os.popen("true").close(),
    "posix_spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "spawnv": lambda: os.spawnv(os.P_WAIT, "/bin/true", ["true"]) and os.stat("/nowhere"),
    "multiprocessing": lambda: multiprocessing.get_context("spawn").Process(target=print).start(),
    "pool": lambda: multiprocessing.get_context("fork").Pool(1),
    "execv": lambda: os.execv("/bin/true", ["true"]),
}.items():
    try:
        attempt()
        started.append(name)
    except (OSError, subprocess.SubprocessError, EOFError) as error:
        print(name, type(error).__name__)
print("started:", started)


def transfer_weights(source, target):
    pass
