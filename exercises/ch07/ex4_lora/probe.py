"""Builds adapters and models behind the wall, lets the submission adapt and train them, and hands back the numbers.

What `kinds`, `asks_for_gradients` and `gradients` say colours sentences; no point hangs on it.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from reference.model import GPTModel

torch.set_num_threads(1)  # two threads on busy cores wait for each other longer than such small models compute
MOST_SEEN = 150  # computations of one run
MADE = {}  # models whose steps are timed, between two calls


def layers(submission, *, cases):
    """For each case: A and B as they start, and the output for x under the judge's A and B."""
    answers = []
    for case in cases:
        layer = submission.LoRALayer(*case["sizes"])
        answer = {"start": {name: taken(getattr(layer, name, None)) for name in "AB"}, "kinds": kinds(layer)}
        answer["returned"] = type(layer).__name__
        if fill(layer, case):
            answer["output"], answer["refused"] = tried(layer, case["x"])
            answer["again"], _ = tried(layer, case["x"])
        answers.append(answer)
    return answers


def wrapped(submission, *, cases):
    """For each case: what the wrapped layer computes at first and under the judge's A and B; the layer's own numbers."""
    answers = []
    for case in cases:
        linear = nn.Linear(*reversed(case["weight"].shape), bias="bias" in case)
        linear.load_state_dict({name: case[name] for name in ("weight", "bias") if name in case})
        module = submission.LinearWithLoRA(linear, *case["sizes"])
        answer = {name: type(getattr(module, name, None)).__name__ for name in ("linear", "lora")}
        answer["kept"] = taken(getattr(getattr(module, "linear", None), "weight", None))
        lora = getattr(module, "lora", None)
        answer["kinds"], answer["start"] = kinds(lora), {name: taken(getattr(lora, name, None)) for name in "AB"}
        answer["first"], answer["refused"] = tried(module, case["x"])
        if fill(lora, case):
            answer["output"], _ = tried(module, case["x"])
        answers.append(answer)
    return answers


def adapted(submission, *, cases):
    """For each model: its state after it was adapted, and its output for x."""
    answers = []
    for case in cases:
        model = built(case)
        returned = submission.replace_linear_with_lora(model, *case["sizes"])
        answer = {"state": state(model), "returned": list(state(returned)) if isinstance(returned, nn.Module) else None}
        answer["output"], answer["refused"] = tried(model, case["x"])
        answers.append(answer)
    return answers


def trained(submission, *, case, batch_size, runs):
    """An adapted model's state at the start and after each run of so many steps, with the losses of the run.

    `seen` holds the adapters as they were whenever the model computed something.
    """
    model, seen, most = built(case), [], MOST_SEEN
    submission.replace_linear_with_lora(model, *case["sizes"])
    answer = {"start": state(model), "runs": []}
    model.final_norm.register_forward_pre_hook(lambda *_: seen.append(adapters(model)) if len(seen) < most else None)
    for steps in runs:
        loader = DataLoader(TensorDataset(case["x"].clone(), case["y"].clone()), batch_size)
        seen.clear()
        losses = submission.train(model, loader, steps)
        run = {"losses": plain(losses), "state": state(model), "seen": list(seen)}
        run["gradients"] = {n: taken(p.grad) for n, p in model.named_parameters() if ".lora." in n}
        answer["runs"].append(run)
    frozen = [n for n, p in model.named_parameters() if ".lora." not in n and p.requires_grad]
    return {**answer, "asks_for_gradients": len(frozen)}


def set_up(submission, *, case, batch_size):
    """Gets a model with adapters and one for full fine-tuning ready, so that single steps can be timed."""
    loader = list(DataLoader(TensorDataset(case["x"], case["y"]), batch_size))
    model, full = built(case), built(case)
    submission.replace_linear_with_lora(model, *case["sizes"])
    MADE.update(adapters=lambda: submission.train(model, loader, 1), full=lambda: full_step(full, loader))


def step(submission, *, kind):
    """One step of a model that set_up made; the judge has the clock."""
    MADE[kind]()


def full_step(model, loader):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)  # made anew, as train has to
    inputs, targets = loader[0]
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
    loss.backward()
    optimizer.step()
    return [loss.item()]


def built(case):
    if "cfg" in case:
        model = GPTModel(case["cfg"])
    else:
        a, b, c, d = case["nest"]
        inner = nn.Sequential(nn.Linear(b, c, bias=False), nn.LayerNorm(c))
        model = nn.Sequential(nn.Linear(a, b), nn.Sequential(nn.GELU(), inner), nn.Linear(c, d))
    model.load_state_dict(case["state"])
    return model


def tried(module, x):
    """The output for x, and what was raised in its place: type and message."""
    try:
        with torch.no_grad():
            return taken(module(x.clone())), None
    except Exception as error:
        return None, [type(error).__name__, str(error)[:300]]


def fill(layer, case):
    """Puts the judge's A and B into an adapter, where there is a place for them."""
    places = [getattr(layer, name, None) for name in "AB"]
    if not all(isinstance(p, torch.Tensor) and p.shape == case[n].shape for n, p in zip("AB", places, strict=True)):
        return False
    for name, place in zip("AB", places, strict=True):
        place.data.copy_(case[name])
    return True


def kinds(layer):
    return {name: kind(layer, name) for name in "AB"}


def kind(layer, name):
    value = getattr(layer, name, None)
    if isinstance(value, nn.Parameter):
        return "parameter" if value.requires_grad else "frozen parameter"
    return type(value).__name__


def state(model):
    return {name: taken(value) for name, value in model.state_dict().items()}


def adapters(model):
    return {name: taken(value) for name, value in model.state_dict().items() if ".lora." in name}


def taken(value):
    return (
        value.detach().clone() if isinstance(value, torch.Tensor) else None if value is None else type(value).__name__
    )


def plain(losses):
    if isinstance(losses, list | tuple):
        return [plain_number(value) for value in losses[:1000]]
    return taken(losses) if isinstance(losses, torch.Tensor) else losses if isinstance(losses, float) else named(losses)


def plain_number(value):
    one = (
        hasattr(value, "item")
        and getattr(value, "size", None) is not None
        and getattr(value, "numel", lambda: 1)() == 1
    )
    value = value.item() if one else value
    return value if isinstance(value, int | float) else named(value)


def named(value):
    return None if value is None else type(value).__name__
