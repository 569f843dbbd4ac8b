# right for 4.1: arithmetic with numpy numbers, some cfg keys missing being fine
import numpy as np


def count_parameters(cfg):
    d = np.int64(cfg["emb_dim"])
    ff = d * 4 * d + 4 * d + 4 * d * d + d
    att = 4 * d * d + d + (3 * d if cfg.get("qkv_bias") else 0)
    return int(ff), int(att)
