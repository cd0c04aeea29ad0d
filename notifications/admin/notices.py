"""What support tells everybody: added, changed and ended here, by the same rules as a tenant's own notices."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import ReadOnlyAdmin
from notifications.models import PlatformNotice
from notifications.services.notices import HasEnded
from notifications.services.platform_notices import change_platform_notice, end_platform_notice, set_platform_notice

if TYPE_CHECKING:
    PlatformNoticeForm = forms.ModelForm[PlatformNotice]


@admin.register(PlatformNotice)
class PlatformNoticeAdmin(ReadOnlyAdmin):
    list_display = ["text", "started_at", "expected_at", "ended_at"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    search_fields = ["text"]
    actions = ["end"]  # type: ignore[assignment]  # elsewhere there are none
    fields = ["text", "expected_at", "started_at", "ended_at"]
    readonly_fields = ["started_at", "ended_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that has ended stays as it was."""
        is_over = obj is not None and obj.ended_at is not None
        return not is_over and self.has_view_permission(request, obj)

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "text":
            kwargs |= {
                "widget": AdminTextareaWidget,
                "help_text": _("Everybody reads it, on the login page too: it says nothing of any tenant."),
            }
        if db_field.name == "expected_at":
            kwargs["help_text"] = _("In UTC. Shown to the readers; the notice stays until you end it.")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: PlatformNotice, form: "PlatformNoticeForm", change: bool) -> None:
        said = {name: form.cleaned_data[name] for name in ("text", "expected_at")}
        if not change:
            obj.pk = set_platform_notice(**said).pk
            return
        try:
            change_platform_notice(obj, **said)
        except HasEnded:
            self.message_user(request, _("Nothing was changed: the notice has ended."), messages.WARNING)

    @admin.action(
        description=gettext_lazy("End it"),
        permissions=["view"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def end(self, request: HttpRequest, notices: QuerySet[PlatformNotice]) -> None:
        """From now on nobody reads them."""
        for notice in notices:
            try:
                end_platform_notice(notice)
            except HasEnded:
                self.message_user(request, _("“%(notice)s” had ended already.") % {"notice": notice}, messages.INFO)
            else:
                self.log_change(request, notice, _("Ended."))
                self.message_user(request, _("“%(notice)s” is ended.") % {"notice": notice}, messages.SUCCESS)
