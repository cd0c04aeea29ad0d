"""What holds between system events and the jobs behind them, whatever was killed. See config/invariants.py."""

INVARIANTS = {
    "at most one event of a key, scope and owner is active": """
        SELECT tenant_id, key, scope, owner, count(*)
        FROM notifications_systemevent WHERE status IN ('queued', 'running')
        GROUP BY tenant_id, key, scope, owner HAVING count(*) > 1
    """,
    "a job has ended exactly when its event has": """
        SELECT job.id, job.ended_at, event.status
        FROM notifications_job job JOIN notifications_systemevent event ON event.id = job.event_id
        WHERE (job.ended_at IS NULL) <> (event.status IN ('queued', 'running'))
    """,
    "nobody has a lease on a job that has ended": """
        SELECT id, lease_until FROM notifications_job WHERE ended_at IS NOT NULL AND lease_until IS NOT NULL
    """,
    "a job that succeeded has done all of its rows": """
        SELECT event.id, event.percent, event.done, event.total
        FROM notifications_job job JOIN notifications_systemevent event ON event.id = job.event_id
        WHERE event.status = 'succeeded'
            AND (event.percent IS DISTINCT FROM 100 OR event.done IS DISTINCT FROM event.total)
    """,
    "the percent of a running job are of its rows": """
        SELECT event.id, event.percent, event.done, event.total
        FROM notifications_job job JOIN notifications_systemevent event ON event.id = job.event_id
        WHERE event.status = 'running' AND event.total > 0
            AND event.percent IS DISTINCT FROM least(99, 100 * event.done / event.total)
    """,
}
