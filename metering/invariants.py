"""What holds between events, days, months and invoices, whatever happened. See config/invariants.py.

What stands on events that are not kept any more is not asked for them.
"""

from typing import Final

from metering.partitions import KEPT_DAYS, TABLE

EVENTS_ARE_KEPT: Final = f"""(to_regclass(format('{TABLE}_%s', to_char(day, 'YYYY_MM'))) IS NOT NULL
                OR day >= CURRENT_DATE - {KEPT_DAYS})"""
"""Of a day: its month has a table, or should have one."""

INVARIANTS = {
    "a day of usage is what its events come to": f"""
        WITH counted AS (
            SELECT event.tenant_id, event.service_id, event.day, event.source, event.edition, count(*) AS events,
                CASE WHEN service.kind = 'gauge' THEN max(event.quantity) ELSE sum(event.quantity) END AS quantity
            FROM metering_usageevent event JOIN metering_meteredservice service ON service.id = event.service_id
            GROUP BY event.tenant_id, event.service_id, event.day, event.source, event.edition, service.kind
        ), kept AS (
            SELECT * FROM metering_usageday WHERE {EVENTS_ARE_KEPT}
        )
        SELECT tenant_id, service_id, day, edition, kept.quantity, kept.events, counted.quantity, counted.events
        FROM kept FULL JOIN counted USING (tenant_id, service_id, day, source, edition)
        WHERE (kept.quantity, kept.events) IS DISTINCT FROM (counted.quantity, counted.events)
    """,  # noqa: S608 - the condition stands above
    "the newest value of a gauge's day is its newest event": """
        WITH newest AS (
            SELECT DISTINCT ON (tenant_id, service_id, day, source, edition)
                tenant_id, service_id, day, source, edition, time, event_id, quantity
            FROM metering_usageevent event JOIN metering_meteredservice service ON service.id = event.service_id
            WHERE service.kind = 'gauge'
            ORDER BY tenant_id, service_id, day, source, edition, time DESC, event_id COLLATE "C" DESC, quantity DESC
        )
        SELECT day.id, day.last_time, newest.time
        FROM metering_usageday day JOIN newest USING (tenant_id, service_id, day, source, edition)
        WHERE (day.last_time, day.last_id, day.last_quantity)
            IS DISTINCT FROM (newest.time, newest.event_id COLLATE "C", newest.quantity)
    """,
    "a month of usage is what its days come to": """
        WITH added AS (
            SELECT tenant_id, service_id, date_trunc('month', day)::date AS month, sum(events) AS events,
                sum(quantity) AS total, max(quantity) AS highest
            FROM metering_usageday GROUP BY tenant_id, service_id, date_trunc('month', day)::date
        )
        SELECT tenant_id, service_id, month, of_month.total, of_month.events, added.total, added.events
        FROM metering_usagemonth of_month
        FULL JOIN added USING (tenant_id, service_id, month)
        JOIN metering_meteredservice service ON service.id = service_id
        WHERE of_month.events IS DISTINCT FROM coalesce(added.events, 0)
            OR (service.kind = 'sum' AND of_month.total IS DISTINCT FROM coalesce(added.total, 0))
            OR (service.kind = 'gauge' AND of_month.total IS DISTINCT FROM coalesce(added.highest, 0) AND NOT EXISTS (
                SELECT FROM metering_correction taken
                WHERE taken.tenant_id = of_month.tenant_id AND taken.service_id = of_month.service_id
                    AND taken.month = of_month.month AND taken.kind = 'void'))
    """,
    "what a month is adjusted by is the sum of its corrections": """
        WITH made AS (
            SELECT correction.tenant_id, correction.service_id, correction.month,
                sum(CASE WHEN correction.kind = 'adjust' THEN correction.quantity
                    WHEN service.kind = 'sum' THEN -correction.quantity ELSE 0 END) AS adjusted
            FROM metering_correction correction
            JOIN metering_meteredservice service ON service.id = correction.service_id
            GROUP BY correction.tenant_id, correction.service_id, correction.month
        )
        SELECT tenant_id, service_id, month, of_month.adjusted, made.adjusted
        FROM metering_usagemonth of_month FULL JOIN made USING (tenant_id, service_id, month)
        WHERE coalesce(of_month.adjusted, 0) <> coalesce(made.adjusted, 0)
    """,
    "an event that counted has its key, and a key its event as long as that is kept": f"""
        WITH counted AS (
            SELECT tenant_id, key, service_id, day, time FROM metering_usageevent
        ), claimed AS (
            SELECT tenant_id, key, service_id, day, time FROM metering_eventkey WHERE {EVENTS_ARE_KEPT}
        )
        SELECT tenant_id, key, counted.day, claimed.day
        FROM counted FULL JOIN claimed USING (tenant_id, key)
        WHERE (counted.service_id, counted.day, counted.time) IS DISTINCT FROM
            (claimed.service_id, claimed.day, claimed.time)
    """,  # noqa: S608 - as above
    "every event is in the table of its month": """
        SELECT tenant_id, id, day FROM metering_usageevent WHERE tableoid = to_regclass('metering_usageevent_rest')
    """,
    "a day that an invoice stands on has the digest of its events": """
        WITH counted AS (
            SELECT tenant_id, service_id, day, source, edition, encode(sha256(convert_to(string_agg(
                key || ' ' || trim_scale(quantity), E'\\n' ORDER BY key), 'UTF8')), 'hex') AS digest
            FROM metering_usageevent GROUP BY tenant_id, service_id, day, source, edition
        )
        SELECT day.id, day.digest, counted.digest
        FROM metering_usageday day JOIN counted USING (tenant_id, service_id, day, source, edition)
        WHERE day.digest <> '' AND day.digest <> counted.digest
    """,
    "a line has the digest of its days": """
        WITH said AS (
            SELECT tenant_id, service_id, date_trunc('month', day)::date AS month, edition, sum(events) AS events,
                string_agg(concat_ws(' ', day, source, trim_scale(quantity), events, digest), E'\\n'
                    ORDER BY day, source COLLATE "C") AS days
            FROM metering_usageday GROUP BY tenant_id, service_id, date_trunc('month', day)::date, edition
        )
        SELECT line.id, line.events, said.events
        FROM metering_invoiceline line LEFT JOIN said USING (tenant_id, service_id, month, edition)
        WHERE line.events <> coalesce(said.events, 0)
            OR line.digest <> encode(sha256(convert_to(coalesce(said.days, ''), 'UTF8')), 'hex')
    """,
    "an invoice comes to the sum of its lines": """
        SELECT invoice.id, invoice.total_minor, coalesce(sum(line.amount_minor), 0)
        FROM metering_invoice invoice
        LEFT JOIN metering_invoiceline line ON line.tenant_id = invoice.tenant_id AND line.invoice_id = invoice.id
        GROUP BY invoice.id HAVING invoice.total_minor <> coalesce(sum(line.amount_minor), 0)
    """,
    "a month has a line for each time that it was taken in": """
        WITH lines AS (
            SELECT tenant_id, service_id, month, count(*) AS lines, max(edition) AS newest
            FROM metering_invoiceline GROUP BY tenant_id, service_id, month
        )
        SELECT tenant_id, service_id, month, of_month.edition, lines.lines, lines.newest
        FROM metering_usagemonth of_month FULL JOIN lines USING (tenant_id, service_id, month)
        WHERE coalesce(of_month.edition, 0) <> coalesce(lines.lines, 0)
            OR coalesce(of_month.edition, 0) <> coalesce(lines.newest + 1, 0)
    """,
    "the lines of a month come to what the month comes to, until something comes late": """
        WITH lines AS (
            SELECT tenant_id, service_id, month, sum(used) AS used, sum(events) AS events
            FROM metering_invoiceline GROUP BY tenant_id, service_id, month
        )
        SELECT of_month.id, of_month.used, lines.used, of_month.events, lines.events
        FROM metering_usagemonth of_month JOIN lines USING (tenant_id, service_id, month)
        WHERE NOT of_month.has_late AND (of_month.used, of_month.events) <> (lines.used, lines.events)
    """,
    "what nobody has invoiced yet is late only after an invoice": """
        SELECT day.tenant_id, day.service_id, day.day, day.edition, of_month.edition
        FROM metering_usageday day
        JOIN metering_usagemonth of_month ON of_month.tenant_id = day.tenant_id
            AND of_month.service_id = day.service_id AND of_month.month = date_trunc('month', day.day)::date
        WHERE day.edition > of_month.edition OR (day.edition = of_month.edition AND day.edition > 0
            AND NOT of_month.has_late)
    """,
    "a line for usage is on the invoice of its own month, a late one on a later": """
        SELECT line.id, line.kind, line.month, invoice.month
        FROM metering_invoiceline line
        JOIN metering_invoice invoice ON invoice.tenant_id = line.tenant_id AND invoice.id = line.invoice_id
        WHERE (line.kind = 'usage') <> (line.month = invoice.month) OR line.month > invoice.month
    """,
}
