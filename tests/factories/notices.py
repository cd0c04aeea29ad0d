"""What people set by hand."""

from typing import Any

import factory
from django.db.models import Model
from factory.django import DjangoModelFactory

from config.tenancy import scopes
from notifications.event_kinds import Notice
from notifications.models import PlatformNotice
from tests.factories.system_events import SystemEventFactory


class NoticeFactory(SystemEventFactory):
    """An active message of the day for everybody; of *No login* it makes only the notice, without the hold."""

    key = Notice.MESSAGE_OF_THE_DAY.value
    run = factory.Sequence(str)
    name = factory.LazyAttribute(lambda notice: str(Notice(notice.key).label))
    description = "The canteen is closed today."
    message = factory.SelfAttribute("description")


class PlatformNoticeFactory(DjangoModelFactory):
    """Support says it to everybody."""

    class Meta:
        model = PlatformNotice

    text = "On Saturday evening the console is updated."

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        with scopes.support_scope("a test tells everybody something"):
            return super()._create(model_class, *args, **kwargs)
