"""Private keys and signed things as files on the signer's own machine. Nothing is ever written over."""

import json
import os
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from licences.signing import ALGORITHM


class FileTrouble(Exception):
    """The file is there already, or cannot be read or written; says which."""


def write_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that was not there; raises FileTrouble."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise FileTrouble(f"{path} is there already and stays as it is.") from None
    except OSError as error:
        raise FileTrouble(f"{path}: {error.strerror}") from None


def write_private_key(path: Path, key: OKPKey) -> None:
    """Write a private key for its owner's eyes only; raises FileTrouble."""
    write_new(path, json.dumps(key.as_dict(private=True)).encode() + b"\n", mode=0o600)


def read_private_key(path: Path) -> OKPKey:
    """The private key in a file that `write_private_key` wrote; raises FileTrouble."""
    try:
        key = OKPKey.import_key(json.loads(path.read_bytes()))
    except OSError as error:
        raise FileTrouble(f"{path}: {error.strerror}") from None
    except (ValueError, JoseError, KeyError, TypeError):
        raise FileTrouble(f"{path} holds no private key.") from None
    if not key.is_private or key.curve_name != ALGORITHM:
        raise FileTrouble(f"{path} holds no private key.")
    return key
