# tries: to abort, with a core dump if it can have one; right verdict: not passed (exit 1)
import os
import resource


def transfer_weights(source, target):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError) as error:
        print(error)
    os.abort()
