"""`make_licence_key`: the key that licence sets, or the keys of owners, are signed with."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from licences.key_files import FileTrouble, write_private_key
from licences.signing import make_key, x_of


class Command(BaseCommand):
    help = (
        "Make an Ed25519 key: the private one is written to PATH for nobody else to read, the public one is printed, "
        "alone on the last line. The vendor's public key is LICENCE_VENDOR_KEY of every console; a third party sends "
        "its public key to the vendor, to be signed with sign_owner_key. Refuses to overwrite a file."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="where to write the private key")

    def handle(self, *args: Any, **options: Any) -> None:
        key = make_key()
        try:
            write_private_key(options["path"], key)
        except FileTrouble as trouble:
            raise CommandError(str(trouble)) from None
        self.stdout.write(f"Private key: {options['path']}. Public key:")
        self.stdout.write(x_of(key))
