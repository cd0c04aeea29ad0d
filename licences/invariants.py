"""What holds between licences, seats, users and limits, whatever happened. See config/invariants.py."""

INVARIANTS = {
    "what is in use of a licence is the number of its active seats": """
        SELECT licence.id, licence.in_use, count(seat.id)
        FROM licences_licence licence
        LEFT JOIN licences_seat seat ON seat.licence_id = licence.id AND seat.released_at IS NULL
        GROUP BY licence.id HAVING licence.in_use <> count(seat.id)
    """,
    "no more of a licence is in use than there is": """
        SELECT id, in_use, total FROM licences_licence WHERE in_use > total AND NOT unrestricted
    """,
    "seats are held only of what users hold, in sets that are active": """
        SELECT seat.id, type.kind, licence_set.state
        FROM licences_seat seat
        JOIN licences_licence licence ON licence.id = seat.licence_id
        JOIN licences_licencetype type ON type.id = licence.type_id
        JOIN licences_licenceset licence_set ON licence_set.id = licence.licence_set_id
        WHERE seat.released_at IS NULL AND (type.kind <> 'user' OR licence_set.state <> 'active')
    """,
    "at most one set of an owner waits and at most one is in force": """
        SELECT tenant_id, owner_id, state, count(*)
        FROM licences_licenceset WHERE state IN ('pending', 'active')
        GROUP BY tenant_id, owner_id, state HAVING count(*) > 1
    """,
    "what waits is newer than what is in force, and that than what was": """
        SELECT older.id, newer.id
        FROM licences_licenceset older
        JOIN licences_licenceset newer
            ON newer.tenant_id = older.tenant_id AND newer.owner_id = older.owner_id
            AND newer.issue_number > older.issue_number
        WHERE (older.state = 'pending' AND newer.state IN ('active', 'superseded', 'removed'))
            OR (older.state = 'active' AND newer.state IN ('superseded', 'removed'))
            OR older.activated_at > newer.activated_at
    """,
    "who has left holds no seat": """
        SELECT seat.id, member.id
        FROM licences_seat seat
        JOIN licences_user member ON member.id = seat.user_id
        WHERE seat.released_at IS NULL AND member.left_at IS NOT NULL
    """,
    "a history is as long as its end says, without a gap": """
        WITH written AS (
            SELECT tenant_id, count(*) entries, max(number) latest FROM licences_historyentry GROUP BY tenant_id
        )
        SELECT tenant_id, head.length, written.entries, written.latest
        FROM licences_historyhead head FULL JOIN written USING (tenant_id)
        WHERE coalesce(head.length, 0) <> coalesce(written.entries, 0)
            OR coalesce(head.length, 0) <> coalesce(written.latest, 0)
    """,
    "a set holds licences of its own owner": """
        SELECT licence.id, type.owner_id, licence_set.owner_id
        FROM licences_licence licence
        JOIN licences_licencetype type ON type.id = licence.type_id
        JOIN licences_licenceset licence_set ON licence_set.id = licence.licence_set_id
        WHERE type.owner_id <> licence_set.owner_id
    """,
    "on CRM Suite a user can log in exactly when they hold a seat on the plan": """
        SELECT member.id, member.can_log_in, count(seat.id)
        FROM licences_user member
        JOIN licences_tenant tenant ON tenant.id = member.tenant_id
        JOIN licences_suiteplan plan ON plan.id = tenant.suite_plan_id
        LEFT JOIN licences_licenceset licence_set ON licence_set.tenant_id = tenant.id AND licence_set.state = 'active'
        LEFT JOIN licences_licence licence
            ON licence.licence_set_id = licence_set.id AND licence.type_id = plan.seat_licence_id
        LEFT JOIN licences_seat seat
            ON seat.licence_id = licence.id AND seat.user_id = member.id AND seat.released_at IS NULL
        GROUP BY member.id HAVING member.can_log_in <> (count(seat.id) > 0)
    """,
    "the number of a feature is the sum of the seats of the plans that contain it": """
        SELECT plan.licence_set_id, inclusion.feature_id, feature.total, sum(plan.total)
        FROM licences_licence plan
        JOIN licences_licenceset licence_set ON licence_set.id = plan.licence_set_id AND licence_set.state = 'active'
        JOIN licences_planinclusion inclusion ON inclusion.plan_id = plan.type_id AND inclusion.tier = plan.tier
        LEFT JOIN licences_licence feature
            ON feature.licence_set_id = plan.licence_set_id AND feature.type_id = inclusion.feature_id
        GROUP BY plan.licence_set_id, inclusion.feature_id, feature.total
        HAVING feature.total IS DISTINCT FROM sum(plan.total)
    """,
    "a tenant on CRM Suite has a number for every limit of its plan": """
        SELECT tenant.id, plan_limit.restriction_id
        FROM licences_tenant tenant
        JOIN licences_planlimit plan_limit ON plan_limit.suite_plan_id = tenant.suite_plan_id
        LEFT JOIN licences_restriction restriction
            ON restriction.tenant_id = tenant.id AND restriction.type_id = plan_limit.restriction_id
        WHERE restriction.id IS NULL
    """,
    "a tenant without a CRM Suite plan has no limits": """
        SELECT restriction.id, tenant.id
        FROM licences_restriction restriction
        JOIN licences_tenant tenant ON tenant.id = restriction.tenant_id
        WHERE tenant.suite_plan_id IS NULL
    """,
    "what is in use of a limit that is counted here is the sum of its movements": """
        SELECT restriction.id, restriction.used, coalesce(sum(movement.quantity), 0)
        FROM licences_restriction restriction
        LEFT JOIN licences_limitmovement movement
            ON movement.tenant_id = restriction.tenant_id AND movement.restriction_id = restriction.id
        WHERE restriction.authority = 'console'
        GROUP BY restriction.id HAVING restriction.used <> coalesce(sum(movement.quantity), 0)
    """,
    "a limit that is in force is what an override or the plan says": """
        SELECT restriction.id, restriction."limit", agreed.id, plan_limit.id
        FROM licences_restriction restriction
        JOIN licences_tenant tenant ON tenant.id = restriction.tenant_id AND tenant.suite_plan_id IS NOT NULL
        LEFT JOIN licences_planlimit plan_limit
            ON plan_limit.suite_plan_id = tenant.suite_plan_id AND plan_limit.restriction_id = restriction.type_id
        LEFT JOIN LATERAL (
            SELECT each.id, each."limit" FROM licences_limitoverride each
            WHERE each.tenant_id = restriction.tenant_id AND each.restriction_id = restriction.id
                AND each.starts_at <= statement_timestamp()
                AND (each.ends_at IS NULL OR each.ends_at > statement_timestamp())
            ORDER BY each.set_at DESC, each.id DESC LIMIT 1
        ) agreed ON true
        WHERE (restriction.limit_until IS NULL OR restriction.limit_until > statement_timestamp())
            AND restriction."limit" IS DISTINCT FROM CASE
                WHEN agreed.id IS NOT NULL THEN agreed."limit"
                WHEN plan_limit.id IS NOT NULL THEN plan_limit."limit" ELSE 0 END
    """,
    "what was reserved is given back at most once, and never what is held or confirmed": """
        SELECT reservation.id, reservation.state, reservation.quantity, sum(movement.quantity)
        FROM licences_limitreservation reservation
        JOIN licences_limitmovement movement
            ON movement.tenant_id = reservation.tenant_id AND movement.reservation_id = reservation.id
        GROUP BY reservation.id
        HAVING count(*) FILTER (WHERE movement.kind = 'reserved') <> 1
            OR sum(movement.quantity) < 0
            OR (count(*) > 1 AND reservation.state IN ('held', 'confirmed'))
            OR count(*) > 2
    """,
}
