# expect: The ids came back as floating-point numbers
import torch


def padded(messages, tokenizer, model):
    length = model.cfg.context_length
    batch = torch.ones(len(messages), length) * 50256
    for i, text in enumerate(messages):
        for j, token in enumerate(tokenizer.encode(text)[:length]):
            batch[i, j] = token
    return batch
