"""Requests, told by mail: to the customer's contact what becomes of theirs, to the support desk what it has to do.

The facts are `RequestEvent` rows. The thread is on screen: mail only tells of it, and no mail is read. What people
typed stands in the text of a mail, and of its headers in the subject alone, as one line.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.conf import settings
from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.mails import Mail, compose_mail
from licences.models import CustomerRequest, Metric, RequestEvent, ServiceClock, Tenant
from licences.reports.desk import wish_of
from notifications.services.telling import OLD, not_told, send, tell_each, title_of

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Kind = RequestEvent.Kind
Gives = CustomerRequest.Wants

TO_CUSTOMER: Final = "request:"
TO_DESK: Final = "request-desk:"
AT_ONCE: Final = timedelta(minutes=1)
"""What is done so soon after the approval is told with it, in one mail."""
REFERRED_TO: Final = ("restriction__type", "suite_plan", "licence", "add_on", "submitted_by")


class Words(NamedTuple):
    """How a mail begins, and what may come after the text. `{number}`, `{title}` and `{who}` are filled in."""

    subject: "StrPromise"
    lead: "StrPromise | str" = ""
    after: "StrPromise | str" = ""


RECEIVED: Final = Words(gettext_lazy("{number}: we have your request “{title}”"))
NEWS: Final[Mapping[str, Words]] = {
    Kind.ANSWERED: Words(
        gettext_lazy("{number}: an answer to “{title}”"), gettext_lazy("{who} at the support desk answered:")
    ),
    Kind.ASKED: Words(
        gettext_lazy("{number}: a question about “{title}”"),
        gettext_lazy("{who} at the support desk needs to know something from you:"),
        gettext_lazy("The time for a solution stands still until you reply."),
    ),
    Kind.APPROVED: Words(
        gettext_lazy("{number} is approved: “{title}”"), gettext_lazy("The support desk approved your request.")
    ),
    Kind.DECLINED: Words(
        gettext_lazy("{number} is declined: “{title}”"),
        gettext_lazy("The support desk declined your request, for this reason:"),
        gettext_lazy("Does that not fit? Send a new request, and say what has changed."),
    ),
    Kind.FULFILLED: Words(
        gettext_lazy("{number} is done: “{title}”"), gettext_lazy("What you asked for has been done.")
    ),
}
"""What the customer is told of, besides that the request has come in."""
SOLVED: Final = Words(
    gettext_lazy("{number} is solved: “{title}”"),
    gettext_lazy("The support desk solved what you wrote about."),
    gettext_lazy("Is it not solved? Reply on the page of the request."),
)
"""An approval of what is no upgrade."""
IN_CONSOLE: Final = gettext_lazy("What was said stands in the console alone, because it is about security.")
WAITS: Final = gettext_lazy("The new licence set waits for you: activate it, and it is in force.")

FOR_DESK: Final[Mapping[str, Words]] = {
    Kind.SUBMITTED: Words(gettext_lazy("{number} is new: “{title}”"), gettext_lazy("{who} sent a request:")),
    Kind.REPLIED: Words(gettext_lazy("{number}: a reply to “{title}”"), gettext_lazy("{who} replied:")),
    Kind.WITHDRAWN: Words(
        gettext_lazy("{number} is withdrawn: “{title}”"),
        gettext_lazy("{who} withdrew the request. There is nothing more to do."),
    ),
}


def tell_of_requests() -> None:
    """Write to contacts and to the desk about every event that is not told."""
    tell_each(_news(), _tell_customer, what="requests, to customers")
    if settings.SUPPORT_DESK_EMAIL:
        tell_each(_work(), _tell_desk, what="requests, to the desk")


def _news() -> QuerySet[RequestEvent]:
    """What customers are not told of yet; an approval that is carried out at once is not told by itself."""
    soon = ExpressionWrapper(OuterRef("at") + AT_ONCE, output_field=DateTimeField())
    of_request = RequestEvent.objects.filter(tenant=OuterRef("tenant"), request=OuterRef("request"))
    done = of_request.filter(kind=Kind.FULFILLED, at__gte=OuterRef("at"), at__lt=soon)
    return _events(TO_CUSTOMER, {Kind.SUBMITTED, *NEWS}).filter(~Q(kind=Kind.APPROVED) | ~Q(Exists(done)))


def _work() -> QuerySet[RequestEvent]:
    """What the desk is not told of yet."""
    return _events(TO_DESK, set(FOR_DESK))


def _events(about: str, kinds: set[str]) -> QuerySet[RequestEvent]:
    since = timezone.now() - OLD
    events = RequestEvent.objects.filter(not_told(about), at__gte=since, kind__in=kinds, is_internal=False)
    return events.select_related(*(f"request__{name}" for name in REFERRED_TO)).order_by("at", "pk")


def _tell_customer(event: RequestEvent, tenant: Tenant) -> None:
    is_new = event.kind == Kind.SUBMITTED
    mail = received_mail(event, tenant, _clocks(event.request)) if is_new else news_mail(event, tenant)
    send(mail, about=f"{TO_CUSTOMER}{event.pk}")


def _tell_desk(event: RequestEvent, tenant: Tenant) -> None:
    mail = desk_mail(event, tenant, _clocks(event.request))
    send(mail, about=f"{TO_DESK}{event.pk}")


def _clocks(asked: CustomerRequest) -> list[ServiceClock]:
    """Those that run or wait, the first answer before the solution."""
    clocks = ServiceClock.objects.filter(tenant=asked.tenant_id, request=asked, stopped_at__isnull=True)
    return sorted(clocks.select_related("calendar"), key=lambda clock: clock.metric != Metric.RESPONSE)


def received_mail(event: RequestEvent, tenant: Tenant, clocks: list[ServiceClock]) -> Mail:
    """That the request has come in: its number, what was asked, and by when it is answered, in the tenant's time."""
    return _to_contact("request_received", event, tenant, RECEIVED, clocks=clocks)


def news_mail(event: RequestEvent, tenant: Tenant) -> Mail:
    """What became of it, and what was said."""
    asked, words = event.request, NEWS[event.kind]
    if event.kind == Kind.APPROVED and asked.kind == CustomerRequest.Kind.SUPPORT:
        words = SOLVED
    granted = asked.granted if event.kind in {Kind.APPROVED, Kind.FULFILLED} else {}
    waits = event.kind == Kind.APPROVED and granted.get("waits")
    said = str(IN_CONSOLE) if asked.is_security else event.text or _said_before(event)
    own = {"granted": granted, "waits": WAITS if waits else "", "text": said}
    return _to_contact("request_news", event, tenant, words, **own)


def _said_before(event: RequestEvent) -> str:
    """What the approval said that is told with this event."""
    if event.kind != Kind.FULFILLED or event.pk is None:
        return ""
    events = RequestEvent.objects.filter(tenant=event.tenant_id, request=event.request_id, kind=Kind.APPROVED)
    said = events.filter(at__lte=event.at, at__gt=event.at - AT_ONCE).values_list("text", flat=True)
    return said.first() or ""


def _to_contact(name: str, event: RequestEvent, tenant: Tenant, words: Words, **own: Any) -> Mail:
    asked = event.request
    with translation.override(tenant.language), timezone.override(tenant.zone):
        known = _known(event, tenant, words)
        if own.get("granted"):
            known["granted_words"] = granted_words(own["granted"])
    known |= own | {"url": settings.BASE_URL + reverse("licences:request", args=[asked.pk])}
    mail = compose_mail(name, known, to=asked.contact_email, language=tenant.language, zone=tenant.zone)
    mail.reply_to = [settings.SUPPORT_DESK_EMAIL] if settings.SUPPORT_DESK_EMAIL else []
    return mail


def desk_mail(event: RequestEvent, tenant: Tenant, clocks: list[ServiceClock]) -> Mail:
    """What the desk has to look at, in the desk's own time. What a security report says stays in the console.

    A reply to the mail goes to the user who sent the request, at the address on record.
    """
    asked = event.request
    known = _known(event, tenant, FOR_DESK[event.kind]) | {
        "clocks": clocks,
        "text": "" if asked.is_security else event.text,
        "url": settings.BASE_URL + reverse("admin:licences_customerrequest_change", args=[asked.pk]),
    }
    zone = clocks[0].calendar.zone if clocks else tenant.zone
    mail = compose_mail("request_desk", known, to=settings.SUPPORT_DESK_EMAIL, zone=zone)
    mail.reply_to = [asked.submitted_by.email] if asked.submitted_by.email else []
    return mail


def _known(event: RequestEvent, tenant: Tenant, words: Words) -> dict[str, Any]:
    asked = event.request
    title = title_of(asked)
    named = {"number": asked.number, "title": title, "who": event.by_name}
    return {
        "mail_subject": str(words.subject).format_map(named),
        "lead": str(words.lead).format_map(named),
        "after": str(words.after),
        "name": asked.contact_name,
        "tenant": tenant,
        "event": event,
        "asked": asked,
        "title": title,
        "wish": wish_of(asked),
    }


def granted_words(granted: Mapping[str, Any]) -> str:
    """What was granted, in a line, by what licences/services/granting.py keeps of it."""
    said = {"name": granted.get("name", ""), "after": granted.get("after"), "seats": granted.get("seats")}
    match granted.get("gives"):
        case Gives.LIMIT:
            return _limit_words(granted, said)
        case Gives.SEATS:
            return _("%(name)s: %(after)s seats") % said
        case Gives.PLAN if said["seats"] is not None:
            return _("The plan %(name)s with %(seats)s seats") % said
        case Gives.PLAN:
            return _("The plan %(name)s") % said
        case Gives.ADD_ON:
            return _("The add-on %(name)s") % said
    return ""


def _limit_words(granted: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    is_unlimited = granted.get("after") is None
    words = (_("%(name)s: no limit") if is_unlimited else _("%(name)s: up to %(after)s")) % said
    if not granted.get("until"):
        return words
    until = timezone.localtime(datetime.fromisoformat(granted["until"]))
    return _("%(words)s, until %(day)s") % {"words": words, "day": date_format(until, "j M Y H:i")}
