"""Whose turn it is: of some kinds a tenant has one job run at a time, so that no tenant takes all the workers."""

from django.db import connection

from notifications.models import Job


def is_its_turn(job: Job) -> bool:
    """Whether nobody is at another job of the same kind and tenant; nobody begins one until this transaction is over.

    Somebody is at a job as long as its lease holds or its row is held, as in the middle of a long chunk.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"turn:{job.kind}", job.tenant_id])
    others = Job.objects.filter(tenant=job.tenant_id, kind=job.kind, ended_at__isnull=True, token__gt=0)
    begun = set(others.exclude(pk=job.pk).values_list("pk", flat=True))
    left = Job.objects.due().filter(tenant=job.tenant_id, pk__in=begun).select_for_update(no_key=True, skip_locked=True)
    return not begun or begun <= set(left.values_list("pk", flat=True))


def waits_for_another(job: Job) -> bool:
    """Whether the job has not begun and another of its kind and tenant has: what to tell whoever waits."""
    others = Job.objects.filter(tenant=job.tenant_id, kind=job.kind, ended_at__isnull=True, token__gt=0)
    return job.token == 0 and others.exclude(pk=job.pk).exists()
