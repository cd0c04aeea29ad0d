"""What holds of system events, their jobs and what goes out, whatever was killed. See config/invariants.py."""

EVENTS = {
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
    "people are kept out exactly as long as a notice says so": """
        SELECT event.id, hold.key FROM (
            SELECT * FROM notifications_systemevent
            WHERE source = 'console' AND key = 'NoLogin' AND status IN ('queued', 'running')
        ) event FULL JOIN (SELECT * FROM licences_loginhold WHERE starts_with(key, 'notice:')) hold
            ON hold.tenant_id = event.tenant_id AND hold.key = 'notice:' || event.id
        WHERE (hold.scope, hold.owner) IS DISTINCT FROM (event.scope, event.owner)
    """,
}

OUTBOX = {
    "nobody has a lease on an effect that has ended": """
        SELECT id, lease_until FROM notifications_outboxentry WHERE state <> 'open' AND lease_until IS NOT NULL
    """,
    "an effect that was delivered was tried": """
        SELECT id, attempts, token FROM notifications_outboxentry
        WHERE state = 'delivered' AND (attempts = 0 OR token < attempts)
    """,
    "a secret that has ended is forgotten": """
        SELECT id, state FROM notifications_outboxentry WHERE secret AND state <> 'open' AND payload ?| '{text,html}'
    """,
    "an effect has a number of its own": """
        SELECT min(id), max(id) FROM notifications_outboxentry
        GROUP BY payload->>'number' HAVING count(*) > 1 OR payload->>'number' IS NULL
    """,
}

SEARCH = {
    "what can be found is what there is, as it is": """
        SELECT coalesce(s.kind, d.kind), coalesce(s.subject, d.subject)
        FROM (
            SELECT 'licence' AS kind, * FROM search_source_licence()
            UNION ALL SELECT 'user', * FROM search_source_user()
            UNION ALL SELECT 'event', * FROM search_source_event()
            UNION ALL SELECT 'request', * FROM search_source_request()
        ) s FULL JOIN notifications_searchdocument d USING (tenant_id, kind, subject)
        WHERE (s.title, s.body, s.admins_only) IS DISTINCT FROM (d.title, d.body, d.admins_only)
    """,
    "each word of a document leads to it, and no other": """
        SELECT coalesce(s.kind, w.kind), coalesce(s.subject, w.subject)
        FROM (
            SELECT d.tenant_id, d.kind, NOT o.weights && '{A,B}' AS in_body, o.lexeme AS word, d.subject
            FROM notifications_searchdocument d, unnest(d.vector) o
        ) s FULL JOIN notifications_searchword w ON w.tenant_id = s.tenant_id AND w.kind = s.kind
            AND w.in_body = s.in_body AND w.word = s.word AND w.subject = s.subject
        WHERE s.subject IS NULL OR w.subject IS NULL
    """,
}

INVARIANTS = EVENTS | OUTBOX | SEARCH
