"""The outbox: what goes out, what bounced and why, how each mail looks; and sending again by hand."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from config.admin import OF_TENANT, ReadOnlyAdmin
from licences.models import User
from notifications.mail_previews import PREVIEWS
from notifications.models import OutboxEntry
from notifications.services.mail import message_id
from notifications.services.outbox import NotSentAgain, send_again
from notifications.tasks import nudge_outbox
from notifications.views.mail_text import WITH_A_MAIL, framed


@admin.register(OutboxEntry)
class OutboxEntryAdmin(ReadOnlyAdmin):
    list_display = ["subject", "recipient", "state", "created_at", "error", "attempts", "tenant"]
    list_filter = ["state", "kind", "secret", ("tenant", admin.EmptyFieldListFilter)]
    list_select_related = ["tenant"]
    search_fields = [*OF_TENANT, "recipient", "subject", "about"]
    actions = ["send_again"]  # type: ignore[assignment]  # elsewhere there are none
    readonly_fields = ["number"]
    fieldsets = [
        (None, {"fields": ["subject", "recipient", "tenant", "state", "error", "attempts", "created_at", "closed_at"]}),
        (
            gettext_lazy("For whoever looks for it elsewhere"),
            {
                "fields": ["number", "kind", "about", "secret", "due_at", "lease_until", "token"],
                "classes": ["collapse"],
            },
        ),
    ]
    change_form_template = "admin/notifications/outboxentry/change_form.html"
    change_list_template = "admin/notifications/outboxentry/change_list.html"

    @admin.display(description=gettext_lazy("message ID"))
    def number(self, entry: OutboxEntry) -> str:
        return message_id(entry)

    @admin.action(
        description=gettext_lazy("Send again"),
        permissions=["view"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def send_again(self, request: HttpRequest, entries: QuerySet[OutboxEntry]) -> None:
        """Each that has ended and can be sent again; what is secret cannot, for it is forgotten by then."""
        sent = 0
        for entry in entries:
            try:
                send_again(entry, by=cast(User, request.user))
            except NotSentAgain:
                text = _("“%(subject)s” is on its way still, or its text is forgotten: not sent again.")
                self.message_user(request, text % {"subject": entry.subject}, messages.WARNING)
            else:
                self.log_change(request, entry, _("Sent again."))
                sent += 1
        if sent:
            nudge_outbox()
            text = ngettext("%(count)d mail is on its way again.", "%(count)d mails are on their way again.", sent)
            self.message_user(request, text % {"count": sent}, messages.SUCCESS)

    @method_decorator(csp_override(WITH_A_MAIL))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With how it looks."""
        own = {"entry": self.get_object(request, object_id)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | own)

    def get_urls(self) -> list[URLPattern]:
        def guarded(view: Any) -> Any:
            return self.admin_site.admin_view(require_safe(view))

        own = [
            path("<int:entry_id>/html/", guarded(self.html), name="notifications_outboxentry_html"),
            path("mails/", guarded(self.mails), name="notifications_outboxentry_mails"),
            path("mails/html/", guarded(self.mails_html), name="notifications_outboxentry_mails_html"),
        ]
        return own + super().get_urls()

    def html(self, request: HttpRequest, entry_id: int) -> HttpResponse:
        """How the mail looks that went out; but what opens a door is for its reader alone."""
        entry = get_object_or_404(OutboxEntry, pk=entry_id, secret=False)
        return framed(entry.payload.get("html", ""))

    @method_decorator(csp_override(WITH_A_MAIL))
    def mails(self, request: HttpRequest) -> HttpResponse:
        """Every mail that there is, with made-up data; one of them open."""
        name = request.GET.get("mail", next(iter(PREVIEWS)))
        if name not in PREVIEWS:
            raise Http404
        own = {"previews": PREVIEWS, "name": name, "mail": PREVIEWS[name].mail(), "title": _("All mails")}
        context = self.admin_site.each_context(request) | own | {"opts": self.opts}
        return render(request, "admin/notifications/outboxentry/mails.html", context)

    def mails_html(self, request: HttpRequest) -> HttpResponse:
        preview = PREVIEWS.get(request.GET.get("mail", ""))
        if preview is None:
            raise Http404
        return framed(preview.mail().html)
