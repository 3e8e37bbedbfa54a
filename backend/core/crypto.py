"""Personal fields at rest, look-up without reading them, and signatures for links and codes."""

import base64
import hashlib
import hmac
import os
import secrets
from typing import Any

import peewee as pw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.core.settings import Settings

NONCE_BYTES = 12
PUBLIC_ID_BYTES = 10


class Keyring:
    """Keys derived from FIELD_KEY and SECRET_KEY; bound once by the wiring, like the database."""

    def __init__(self) -> None:
        self._ciphers: dict[int, AESGCM] = {}
        self._current = 0
        self._index_key = b""
        self._sign_key = b""

    def initialize(self, settings: Settings) -> None:
        """Take the keys of the settings; the first field key encrypts, all of them decrypt."""
        self._ciphers = {number: AESGCM(_derive(key, "seal")) for number, key in settings.field_keys}
        self._current = settings.field_keys[0][0]
        # the index must survive rotation, so it hangs on the oldest key
        self._index_key = _derive(min(settings.field_keys)[1], "blind index")
        self._sign_key = _derive(settings.secret_key.encode(), "sign")

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt a personal value; `context` (table.column) is bound in, so cells cannot be swapped."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), context.encode())
        return bytes([self._current]) + nonce + sealed

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
        return hmac.new(self._index_key, f"{context}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]

    def mac(self, purpose: str, text: str) -> bytes:
        """A 32-byte signature of `text` that counts for one purpose only."""
        return hmac.digest(self._sign_key, f"{purpose}\0{text}".encode(), "sha256")

    def sign(self, purpose: str, text: str) -> str:
        """The signature as 22 URL-safe characters."""
        return base64.urlsafe_b64encode(self.mac(purpose, text)[:16]).rstrip(b"=").decode()

    def signed_by_us(self, purpose: str, text: str, signature: str) -> bool:
        """Whether `signature` was made by `sign` for this purpose and text."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())


keyring = Keyring()


class SealedField(pw.BlobField):
    """A personal text, encrypted at rest. Reading gives a Sealed, which must be opened on purpose."""

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
    return base64.b32encode(secrets.token_bytes(PUBLIC_ID_BYTES)).decode().lower()


def new_token() -> str:
    """A bearer token of 256 bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """How a token is kept: never itself, only this."""
    return hashlib.sha256(token.encode()).hexdigest()


def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, b"zhibu " + purpose.encode(), "sha256")
