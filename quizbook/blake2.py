"""BLAKE2b as `hashlib` has it, without OpenSSL, whose library `hashlib` would load: 4 ms that no hash here needs."""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # a Python that is built in another way
    from hashlib import blake2b

__all__ = ["blake2b"]
