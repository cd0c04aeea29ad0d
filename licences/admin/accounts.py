"""What logging in and Django admin itself write down, without what is secret in it."""

# Imported first, so that these find nothing registered in their place when Django admin looks for every app's pages.
from allauth.account import admin as account_admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa import admin as mfa_admin  # noqa: F401
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import admin as auth_admin  # noqa: F401
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from config.admin import ReadOnlyAdmin

admin.site.unregister([EmailAddress, Authenticator, Group])


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ["email", "user", "verified", "primary"]
    list_filter = ["verified", "primary"]
    list_select_related = ["user"]
    search_fields = ["email", "user__login_id", "user__full_name"]


@admin.register(Authenticator)
class SecondFactorAdmin(ReadOnlyAdmin):
    """That somebody has a second factor, and since when. What proves it stays out of sight."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__login_id", "user__full_name"]
    fields = ["user", "type", "created_at", "last_used_at"]


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What support staff did here."""

    list_display = ["action_time", "user", "content_type", "object_repr", "what"]
    list_filter = ["action_flag"]
    list_select_related = ["user", "content_type"]
    search_fields = ["user__login_id", "object_repr"]
    fields = ["action_time", "user", "content_type", "object_id", "object_repr", "action_flag", "what"]
    readonly_fields = ["what"]

    @admin.display(description=_("what was done"))
    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message()
