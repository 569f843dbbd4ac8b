# tries: to replace every function of quizbook that it finds in its process by one that is content; right verdict: not passed (exit 1|2)
import sys


def content(*args, **kwargs):
    return {"passed": True, "value": None, "outcome": "passed"}


for name, module in list(sys.modules.items()):
    if name.startswith("quizbook.judge") and not name.endswith("behind"):
        for key in [k for k, v in vars(module).items() if callable(v) and not k.startswith("__")]:
            setattr(module, key, content)
for name in ("quizbook.judge.verdict", "quizbook.judge.checks", "quizbook.judge.plugin", "quizbook.judge.judging"):
    try:
        module = __import__(name, fromlist=["x"])
        module.Verdict = module.assert_close = module.fail = content
    except BaseException as error:
        print(name, "is not to be had:", type(error).__name__)


def transfer_weights(source, target):
    pass
