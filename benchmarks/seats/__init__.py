"""What seats cost: giving 10,000 users one in a single action, and the users page of a tenant that has 10,000.

Bounds: the action ≤ 3 s and ≤ 20 statements per 1,000 users; the page as fast as with 10 seats (ratio ≤ 1.3).
"""
