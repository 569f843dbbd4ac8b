# tries: a module whose class answers every attribute, and finders that answer every import; right verdict: not passed (exit 1|2)
import importlib.machinery
import sys
import types


class Everything(types.ModuleType):
    def __getattribute__(self, name):
        if name in ("__dict__", "__class__", "__name__", "__spec__", "__file__", "__loader__"):
            return super().__getattribute__(name)
        return lambda *args, **kwargs: self


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, Finder) if name.startswith(("probe", "reference", "quizbook")) else None

    @staticmethod
    def create_module(spec):
        return Everything(spec.name)

    @staticmethod
    def exec_module(module):
        return None


def transfer_weights(source, target):
    pass


for name in [n for n in sys.modules if n.startswith("reference")]:
    del sys.modules[name]
sys.meta_path.insert(0, Finder)
sys.modules[__name__].__class__ = Everything
