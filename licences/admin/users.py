"""Who may log in, their groups, and who is kept out for now. All of it is the tenant's to change."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT, ReadOnlyAdmin, link_to_list
from licences.models import LoginHold, Seat, User, UserGroup


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["full_name", "login_id", "tenant", "role", "can_log_in", "last_login", "last_used_at"]
    list_filter = ["role", "can_log_in", ("left_at", admin.EmptyFieldListFilter)]
    list_select_related = ["tenant"]
    search_fields = ["login_id", "full_name", "email", *OF_TENANT]
    fields = [
        "tenant",
        "login_id",
        "full_name",
        "email",
        "role",
        "can_log_in",
        "primary_group",
        "seats",
        "date_joined",
        "left_at",
        "last_login",
        "last_used_at",
    ]
    readonly_fields = ["seats"]

    @admin.display(description=_("seats, also those given back"))
    def seats(self, user: User) -> SafeString:
        return link_to_list(Seat, user.seats.count(), user__id__exact=user.pk)


@admin.register(UserGroup)
class UserGroupAdmin(ReadOnlyAdmin):
    list_display = ["name", "tenant"]
    list_select_related = ["tenant"]
    search_fields = ["name", *OF_TENANT]


@admin.register(LoginHold)
class LoginHoldAdmin(ReadOnlyAdmin):
    list_display = ["scope", "owner", "tenant", "reason", "expected_at", "set_at"]
    list_filter = ["scope"]
    list_select_related = ["tenant"]
    search_fields = ["owner", "reason", *OF_TENANT]
