"""What can be imported from a file, one class each."""

from notifications.imports.kinds import ImportKind
from notifications.imports.users import UserImport

KINDS: dict[str, ImportKind] = {kind.code: kind for kind in (UserImport(),)}
