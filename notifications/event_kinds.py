"""What is known of system events by their key: how they are called, what they mean, and whether they can be cancelled.

Jobs of this console say so themselves (notifications/jobs); these are the product's own, and the notices set by hand.
Sources: domain facts §4.2 (which may be cancelled from the list) and §4.5 (the three ways of cancelling).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Cancelling(TextChoices):
    """What asking to cancel means."""

    CAN = "can", _("Can be cancelled")
    WITH_WARNING = "with_warning", _("Can be cancelled in an emergency")
    CANNOT = "cannot", _("Cannot be cancelled")


@dataclass(frozen=True, slots=True)
class ProductEvent:
    """An event that product back ends report; `warning` is read before it is cancelled, or says why it cannot be."""

    key: str
    name: "StrOrPromise"
    description: "StrOrPromise"
    cancelling: Cancelling
    warning: "StrOrPromise"


UNKNOWN = ProductEvent(
    key="",
    name="",
    description="",
    cancelling=Cancelling.WITH_WARNING,
    warning=_(
        "The console cannot stop the product, it only stops waiting for it. Cancel this if you know it has ended."
    ),
)
"""Any other key: the product's own words count."""

PRODUCT_EVENTS = {
    event.key: event
    for event in (
        ProductEvent(
            key="UDefRebuild",
            name=_("Custom fields are being published"),
            description=_(
                "The layout of custom fields is changed in the database. The fields cannot be used until it is done."
            ),
            cancelling=Cancelling.CANNOT,
            warning=_("Stopping halfway would leave the custom fields unusable. Wait until it is done."),
        ),
        ProductEvent(
            key="FreetextRebuild",
            name=_("Free-text index is being built"),
            description=_("The product's words are indexed anew. Free-text search is not available until it is done."),
            cancelling=Cancelling.WITH_WARNING,
            warning=_("For emergencies only: free-text search stays incomplete until the index is built again."),
        ),
        ProductEvent(
            key="PrototypeRebuild",
            name=_("Travel prototype is being built"),
            description=_("A new prototype for Travel databases is made. Travel cannot be used until it is done."),
            cancelling=Cancelling.WITH_WARNING,
            warning=_("For emergencies only: Travel stays unusable until a prototype is built again."),
        ),
        ProductEvent(
            key="ROURebuild",
            name=_("SAINT: counters and status monitors"),
            description=_(
                "Counters or status monitors are being regenerated. Status images, the Statistics tab and counters are "
                "not available until it is done."
            ),
            cancelling=Cancelling.WITH_WARNING,
            warning=_("For emergencies only: counters and status monitors may be wrong until they are regenerated."),
        ),
    )
}


class Notice(TextChoices):
    """What administrators and support set by hand; the value is the event's key. Source: domain facts §4.2."""

    NO_LOGIN = "NoLogin", _("No login")
    NO_FREETEXT = "NoFreetext", _("No freetext")
    NO_TRAVEL = "NoTravel", _("No Travel")
    MESSAGE_OF_THE_DAY = "MessageOfTheDay", _("Message of the day")


NOTICE_IN_WORDS = {
    Notice.NO_LOGIN: _("Only administrators can log in."),
    Notice.NO_FREETEXT: _("The search is switched off."),
    Notice.NO_TRAVEL: _("Please do not work offline with Travel."),
}
"""What stands beside the name of a notice wherever it is listed; a message of the day speaks for itself."""

NOTICE_MEANING = {
    Notice.NO_LOGIN: _(
        "Only administrators can log in, for example during an upgrade or planned maintenance. Everybody else is shown "
        "out within a minute."
    ),
    Notice.NO_FREETEXT: _("The search is switched off, and says so."),
    Notice.NO_TRAVEL: _("Asks people not to work offline with Travel, for example before a large upgrade."),
    Notice.MESSAGE_OF_THE_DAY: _("Everybody reads it at login; those who are in already, within a minute."),
}


def product_event(key: str) -> ProductEvent:
    """What is known of a product's event."""
    return PRODUCT_EVENTS.get(key, UNKNOWN)


class About(TextChoices):
    """What an event is about, as the list is filtered: its key says it."""

    IMPORTS = "imports", _("Imports")
    INDEXING = "indexing", _("Indexing")
    COUNTERS = "counters", _("Counters")
    CUSTOM_FIELDS = "custom-fields", _("Custom fields")
    TRAVEL = "travel", _("Travel")
    NOTICES = "notices", _("Notices")
    OTHER = "other", _("Other")


BEGINNINGS = {
    About.IMPORTS: "Import",
    About.INDEXING: "FreetextRebuild",
    About.COUNTERS: "ROURebuild",
    About.CUSTOM_FIELDS: "UDefRebuild",
    About.TRAVEL: "PrototypeRebuild",
}
"""How the keys of each begin, the product's and the console's own alike; notices have the keys of `Notice`. The product
has variants of some, such as one `UDefRebuild…` per table. Source: domain facts §4.2."""

FIRST_STEPS = ("ImportReading", "ImportCheck")
"""The keys of what comes before an import in the console itself."""


def about(key: str) -> About:
    """What an event of this key is about."""
    if key in Notice:
        return About.NOTICES
    return next((each for each, beginning in BEGINNINGS.items() if key.startswith(beginning)), About.OTHER)
