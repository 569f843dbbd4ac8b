# tries: to search all objects of its process for code, texts and open files of the judge; right verdict: not passed (exit 1)
import gc
import socket
import sys
import types

found = None
for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and thing.__name__ == "transfer_weights":
        found = thing
    if isinstance(thing, socket.socket) and thing.fileno() >= 0:
        try:
            thing.send(b'{"ended": 0}')
            print("sent to", thing)
        except OSError as error:
            print("socket", error.strerror)
    if isinstance(thing, types.ModuleType):
        found = getattr(thing, "solution", found) if isinstance(getattr(thing, "solution", None), types.FunctionType) else found
for module in list(sys.modules.values()):
    found = vars(module).get("transfer_weights", found) if isinstance(module, types.ModuleType) else found


def transfer_weights(source, target):
    if found is not None and found is not transfer_weights:
        found(source, target)
