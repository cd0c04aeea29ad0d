"""Finds the user of a request."""

from allauth.account.auth_backends import AuthenticationBackend

from licences.models import User


class UserBackend(AuthenticationBackend):
    """Checks passwords as allauth does; the user of a request comes with the tenant, in one query."""

    def get_user(self, user_id: int) -> User | None:
        """The user of a session. None, as if nobody were logged in, once *can log in* is switched off."""
        user = User.objects.select_related("tenant").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
