"""The back ends of tests/licences/api call here too."""

from tests.licences.api.conftest import back_end, back_end_of, tenant

__all__ = ["back_end", "back_end_of", "tenant"]
