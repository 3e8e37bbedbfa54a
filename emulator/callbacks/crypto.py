"""Signatures and the AES envelope of message push (safe mode)."""

import base64
import hashlib
import os
import struct
from typing import Any

BLOCK = 32
RANDOM_HEAD = 16


class CryptoError(ValueError):
    """A message that cannot be opened: wrong key, wrong app, wrong signature, broken padding."""


def signature(*parts: str) -> str:
    """SHA-1 over the sorted parts: token, timestamp, nonce and, for `msg_signature`, the ciphertext."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(aes_key: str, appid: str, message: bytes) -> str:
    """Base64 of AES-256-CBC over: 16 random bytes, length, message, appid."""
    plain = os.urandom(RANDOM_HEAD) + struct.pack(">I", len(message)) + message + appid.encode()
    padding = BLOCK - len(plain) % BLOCK
    encryptor = _cipher(aes_key).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()


def decrypt(aes_key: str, appid: str, ciphertext: str) -> bytes:
    """The message inside. Raises CryptoError."""
    try:
        decryptor = _cipher(aes_key).decryptor()
        padded = decryptor.update(base64.b64decode(ciphertext)) + decryptor.finalize()
        plain = padded[: -padded[-1]]
        (length,) = struct.unpack(">I", plain[RANDOM_HEAD : RANDOM_HEAD + 4])
    except (ValueError, IndexError, struct.error) as fault:
        raise CryptoError("not a message of this key") from fault
    start = RANDOM_HEAD + 4
    if plain[start + length :] != appid.encode():
        raise CryptoError("a message of another app")
    message: bytes = plain[start : start + length]
    return message


def _cipher(aes_key: str) -> Any:
    # Imported here: an emulator without encrypted callbacks need not load the library.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
