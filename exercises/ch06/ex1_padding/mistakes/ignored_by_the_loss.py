# expect: marks targets which the loss leaves out
import torch


def padded(messages, tokenizer, model, pad_token_id=-100):
    length = model.cfg.context_length
    rows = [tokenizer.encode(text)[:length] for text in messages]
    return torch.tensor([ids + [pad_token_id] * (length - len(ids)) for ids in rows])
