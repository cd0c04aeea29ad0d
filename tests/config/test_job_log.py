"""What a job that fails leaves in the logs: where and why, and nothing of the row that it failed at."""

import pytest
from django.db import IntegrityError

from notifications.services.tracker import work
from tests.config.conftest import Log
from tests.factories import TenantFactory, UserFactory
from tests.notifications.jobs import Marking, now, start, take

pytestmark = pytest.mark.django_db

LOGIN = "canary.berg"


class Stumbling(Marking):
    """Adds a user whose ID is taken; `again` is what it makes of the database's complaint."""

    again: type[Exception] | None = None

    def step(self, job: object) -> None:
        try:
            UserFactory(tenant=TenantFactory(), login_id=LOGIN)
        except IntegrityError as error:
            if self.again is None:
                raise
            raise self.again(f"Not added: {error}") from error


@pytest.mark.parametrize("again", [None, RuntimeError])
def test_the_database_s_detail_is_not_in_the_log_of_a_failed_job(again: type[Exception] | None, log: Log) -> None:
    user = UserFactory(login_id=LOGIN)
    job, kind = start(user.tenant, Stumbling()), Stumbling()
    kind.again = again

    work(take(job), kind)

    [failed] = log.events("job_failed")
    assert now(job).event.status == "failed"
    assert "SQLSTATE 23505" in failed["exception"]
    assert LOGIN not in log.text
    assert LOGIN not in now(job).event.message
