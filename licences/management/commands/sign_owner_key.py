"""`sign_owner_key`: the vendor vouches for the key of a third party."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from licences.key_files import FileTrouble, read_private_key, write_new
from licences.licence_file import sign_owner_key


class Command(BaseCommand):
    help = (
        "Sign the public key of a third party with the vendor's private key, for that owner and until the end of a "
        "day (UTC). The signed key is written to OUT; the third party hands it to sign_licence_set as --owner-key. "
        "Refuses to overwrite a file."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path, help="where to write the signed key")
        parser.add_argument("--key", type=Path, required=True, metavar="PATH", help="the vendor's private key")
        parser.add_argument("--owner", required=True, metavar="CODE", help="the owner's code in the price list")
        parser.add_argument("--public-key", required=True, metavar="KEY", help="as make_licence_key printed it")
        parser.add_argument("--valid-until", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        until = datetime.combine(options["valid_until"], time(23, 59, 59), UTC)
        try:
            vendor_key = read_private_key(options["key"])
            signed = sign_owner_key(options["owner"], x=options["public_key"], valid_until=until, vendor_key=vendor_key)
            write_new(options["out"], f"{signed}\n".encode())
        except (FileTrouble, ValueError) as trouble:
            raise CommandError(str(trouble) or "This is no public key.") from None
        self.stdout.write(f"Signed the key of {options['owner']} until {until:%Y-%m-%d}: {options['out']}")
