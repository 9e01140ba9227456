"""Encryption at rest: each part of each entry sealed on its own, bound to its number and to the entry before it."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Protocol

N, R, P = 2**15, 8, 1
NONCE = 12
SHORTEST_KEY = 16
"""Bytes; the key is stretched, but nothing makes a short one good."""


class Seal(Protocol):
    """How an entry's parts are kept."""

    def close(self, plain: bytes, bound: bytes) -> bytes:
        """What is stored."""

    def open(self, stored: bytes, bound: bytes) -> bytes:
        """What was stored.

        Raises:
            ValueError: it was not sealed with this key at this place.
        """


class Open:
    """Nothing is sealed."""

    def close(self, plain: bytes, bound: bytes) -> bytes:
        return plain

    def open(self, stored: bytes, bound: bytes) -> bytes:
        return stored


class Sealed:
    """AES-256-GCM under a key stretched with scrypt (RFC 7914) from the secret and the register's salt."""

    def __init__(self, secret: bytes, salt: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        stretched = hashlib.scrypt(secret, salt=salt, n=N, r=R, p=P, maxmem=64 * 2**20, dklen=64)
        self._cipher = AESGCM(stretched[:32])
        self.check = hmac.new(stretched[32:], b"mayshare register key", hashlib.sha256).hexdigest()

    def close(self, plain: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, bound)

    def open(self, stored: bytes, bound: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(stored[:NONCE], stored[NONCE:], bound)
        except InvalidTag:
            raise ValueError("not sealed with this key at this place") from None


def bound_to(part: str, seq: int, prev: bytes) -> bytes:
    """What a sealed part is bound to: which part of which entry it is, and the entry before."""
    return part.encode() + b"\n" + seq.to_bytes(8, "big") + prev
