"""Which tenant a piece of work is for, enforced by PostgreSQL's row-level security (docs/adr/0002).

`roles` names the database roles and what each may touch, `constraints` writes policies and composite foreign keys into
migrations, `grants` makes the roles and gives them their rights, `walk` compares the database with what is declared.
`scopes` enters a tenant for a transaction. licences/middleware.py does so for a request.
"""
