"""`sign_licence_set`: make the licence file that a tenant loads."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from joserfc.jwk import OKPKey

from licences.key_files import FileTrouble, read_private_key, write_new
from licences.licence_descriptions import Unclear, described, read_description
from licences.licence_file import FileRefused, LicenceFile, check_licence_file, sign_licence_file


class Command(BaseCommand):
    help = (
        "Sign a licence set that a TOML or JSON file describes, and write the licence file to OUT. The vendor signs "
        "with its own key; a third party with its own, and adds the signed key that it got from the vendor. What a "
        "console would refuse is refused here. docs/licence-file.md has the description's fields. Refuses to "
        "overwrite a file."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("description", type=Path, help="the set, as a .toml or .json file")
        parser.add_argument("out", type=Path, help="where to write the licence file")
        parser.add_argument("--key", type=Path, required=True, metavar="PATH", help="the signer's private key")
        parser.add_argument("--owner-key", type=Path, metavar="PATH", help="the signed key of a third party")

    def handle(self, *args: Any, **options: Any) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        try:
            contents = described(read_description(options["description"]), now=now)
            key = read_private_key(options["key"])
            write_new(options["out"], self.sign(contents, key, options["owner_key"], now))
        except (FileTrouble, FileRefused, Unclear, OSError) as trouble:
            raise CommandError(str(trouble)) from None
        self.stdout.write(
            f"Signed issue {contents.issue_number} of {contents.owner} for {contents.serial_number}, "
            f"{len(contents.licences)} licences, to be loaded until {contents.valid_until:%Y-%m-%d}: {options['out']}"
        )

    def sign(self, contents: LicenceFile, key: OKPKey, owner_key: Path | None, now: datetime) -> bytes:
        grant = None if owner_key is None else owner_key.read_text().strip()
        check_licence_file(contents, key=key, owner_key=grant, now=now)
        return sign_licence_file(contents, key=key, owner_key=grant)
