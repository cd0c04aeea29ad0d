"""What product back ends show to be let in, and what they report of users."""

from django.contrib import admin

from config.admin import OF_TENANT, ReadOnlyAdmin
from licences.models import ApiToken, DayOfUse, Hold


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Whose token it is and what it may do; never what it is."""

    list_display = ["source", "tenant", "prefix", "made_at", "made_by_name", "expires_at", "last_used_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["tenant"]
    search_fields = [*OF_TENANT, "source", "prefix"]
    fields = [
        "tenant",
        "source",
        "scopes",
        "prefix",
        "made_at",
        "made_by_name",
        "expires_at",
        "last_used_at",
        "revoked_at",
    ]


@admin.register(DayOfUse)
class DayOfUseAdmin(ReadOnlyAdmin):
    list_display = ["used_on", "user", "tenant"]
    list_select_related = ["tenant", "user"]
    search_fields = [*OF_TENANT, "user__login_id", "user__full_name"]


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ["user", "tenant", "reason", "source", "key", "set_at"]
    list_select_related = ["tenant", "user"]
    search_fields = [*OF_TENANT, "user__login_id", "user__full_name", "source", "reason"]
