"""What the web server loads."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A thread that comes back from the database waits this long at most for one that computes; Python's own 5 ms, at each
# query of a request, are most of the time that a request takes when several are under way.
sys.setswitchinterval(0.0005)

application = get_wsgi_application()
