"""Which tenant a piece of work is for, enforced by PostgreSQL's row-level security (docs/adr/0002).

`roles` names the database roles and what each may touch, `constraints` writes policies and composite foreign keys into
migrations, `scopes` enters a tenant for a transaction. licences/middleware.py does so for a request.
"""
