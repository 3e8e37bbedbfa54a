"""Personal fields at rest, look-up without reading them, and signatures for links and codes."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import peewee as pw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import ciphers
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.core.settings import Settings

NONCE_BYTES = 12
TAG_BYTES = 16
SM4_KEY_BYTES = 16
PUBLIC_ID_LENGTH = 16
_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567" * 8  # for each byte one that all readers tell apart


class Cipher(Protocol):
    """An authenticated cipher with associated data."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The sealed data and its tag."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The data; raises InvalidTag."""


class Sm4Gcm:
    """SM4 in GCM (GB/T 32907, GB/T 36624) with a tag of 16 bytes, the counterpart of AESGCM."""

    def __init__(self, key: bytes) -> None:
        self._key = key[:SM4_KEY_BYTES]

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The sealed data and its tag."""
        encryptor = ciphers.Cipher(algorithms.SM4(self._key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The data; raises InvalidTag."""
        body, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        decryptor = ciphers.Cipher(algorithms.SM4(self._key), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(body) + decryptor.finalize()


SUITES: dict[str, Callable[[bytes], Cipher]] = {"aes": AESGCM, "sm4": Sm4Gcm}


class Keyring:
    """Keys derived from FIELD_KEY, INDEX_KEY and SECRET_KEY; bound once by the wiring, like the database."""

    def __init__(self) -> None:
        self._ciphers: dict[int, Cipher] = {}
        self._index_keys: tuple[bytes, ...] = ()
        self._signer = hmac.new(b"", digestmod="sha256")
        self.current = 0

    def initialize(self, settings: Settings) -> None:
        """Take the keys of the settings; the first field key encrypts, all of them decrypt."""
        self._ciphers = {key.number: SUITES[key.suite](_derive(key.secret, "seal")) for key in settings.field_keys}
        self.current = settings.field_keys[0].number
        # before there was INDEX_KEY, the index hung on the oldest field key: found until `keys rotate` has run
        oldest = min(settings.field_keys)
        self._index_keys = tuple(_derive(key.secret, "blind index") for key in (*settings.index_keys, oldest))
        self._signer = hmac.new(_derive(settings.secret_key.encode(), "sign"), digestmod="sha256")

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt a personal value; `context` (table.column) is bound in, so cells cannot be swapped."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.current].encrypt(nonce, text.encode(), context.encode())
        return bytes([self.current]) + nonce + sealed

    def open(self, sealed: bytes, *, context: str) -> str:
        """Decrypt what `seal` made; raises ValueError when it was changed or belongs to another column."""
        number = sealed[0] if sealed else 0
        cipher = self._ciphers.get(number)
        if cipher is None:
            raise ValueError(f"no key {number} for {context}")
        try:
            nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
            return cipher.decrypt(nonce, body, context.encode()).decode()
        except (InvalidTag, ValueError):
            raise ValueError(f"sealed value of {context} does not open") from None

    def blind_index(self, value: str, *, context: str) -> str:
        """32 hex digits by which equal values are found without decrypting any."""
        return self.blind_indexes(value, context=context)[0]

    def blind_indexes(self, value: str, *, context: str) -> tuple[str, ...]:
        """The index of today and those of earlier keys: for looking up while keys are changed."""
        text = f"{context}\0{value}".encode()
        return tuple(hmac.new(key, text, hashlib.sha256).hexdigest()[:32] for key in self._index_keys)

    def target(self) -> str:
        """What values are brought to when keys are changed: key and index of today, told apart by a digest."""
        return hashlib.sha256(b"%d %s" % (self.current, self._index_keys[0])).hexdigest()[:32]

    def mac(self, purpose: str, text: str) -> bytes:
        """A 32-byte signature of `text` that counts for one purpose only."""
        signing = self._signer.copy()  # that has read the key already, which costs as much as the text
        signing.update(f"{purpose}\0{text}".encode())
        return signing.digest()

    def sign(self, purpose: str, text: str) -> str:
        """The signature as 22 URL-safe characters."""
        return base64.urlsafe_b64encode(self.mac(purpose, text)[:16]).rstrip(b"=").decode()

    def signed_by_us(self, purpose: str, text: str, signature: str) -> bool:
        """Whether `signature` was made by `sign` for this purpose and text."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())


keyring = Keyring()


class SealedField(pw.BlobField):
    """A personal text, encrypted at rest. Reading gives a Sealed, which must be opened on purpose.

    `indexed_by` names the columns that hold blind indexes of it, and how each is computed from the text.
    """

    def __init__(self, *, indexed_by: Mapping[str, Callable[[str], str]] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.indexed_by = indexed_by or {}

    def db_value(self, value: "str | Sealed | None") -> Any:
        if isinstance(value, Sealed):
            return super().db_value(value.raw)  # type: ignore[no-untyped-call]
        if value is None:
            return None
        sealed = keyring.seal(value, context=self._context())
        return super().db_value(sealed)  # type: ignore[no-untyped-call]

    def python_value(self, value: bytes | None) -> "Sealed | None":
        return None if value is None else Sealed(bytes(value), self._context())

    def _context(self) -> str:
        return f"{self.model._meta.table_name}.{self.column_name}"


class Sealed:
    """An encrypted personal value as it lies in the database; shows nothing by itself."""

    def __init__(self, raw: bytes, context: str) -> None:
        self.raw = raw
        self._context = context

    def open(self) -> str:
        """The plain value. Whoever shows it to another person logs that (see `core.audit`)."""
        return keyring.open(self.raw, context=self._context)

    def __repr__(self) -> str:
        return "<Sealed>"


def opened(value: "str | Sealed | None") -> str | None:
    """The plain text of a sealed field, fresh or read back; None stays None."""
    return value.open() if isinstance(value, Sealed) else value


def mask_phone(phone: str) -> str:
    """138****5678; short numbers keep only their last two digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****" + phone[-2:]


def mask_name(name: str) -> str:
    """The family name and a star for the rest: 李**."""
    return name[:1] + "*" * max(len(name) - 1, 1)


def new_public_id() -> str:
    """16 lower-case characters that cannot be guessed and mean nothing."""
    return secrets.token_bytes(PUBLIC_ID_LENGTH).translate(_LETTERS).decode()


def new_token() -> str:
    """A bearer token of 256 bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """How a token is kept: never itself, only this."""
    return hashlib.sha256(token.encode()).hexdigest()


def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, b"zhibu " + purpose.encode(), "sha256")
