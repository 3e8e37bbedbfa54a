"""Numbers and limits of desk log-ins."""

from datetime import timedelta

from backend.people.models import Role
from backend.people.permissions import OFFICERS

# posts that reach over a county and more: a password alone is not enough (GB/T 22239—2019 8.1.4.1 d)
ONE_TIME_PASSWORD_ROLES = OFFICERS | {Role.AUDITOR}

MIN_PASSWORD, MAX_PASSWORD = 10, 128  # characters
MIN_KINDS = 2  # of letters, digits and the rest (GB/T 22239—2019 8.1.4.1 a)

# tries within the window; then nothing is heard for as long (GB/T 22239—2019 8.1.4.1 b)
WINDOW = timedelta(minutes=15)
TRIES_PER_NAME = 5
TRIES_PER_ADDRESS = 30

ONE_TIME_STEP_S = 30  # RFC 6238
STEPS_OFF = 1  # a phone's clock may be half a minute off
RECOVERY_CODES = 8

TICKET_LIFE = timedelta(minutes=2)
TICKETS_PER_ADDRESS = 60
