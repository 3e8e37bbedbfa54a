"""The people room talks to the emulator: log-in and phone numbers."""

from tests.emulated import emulator as emulator
from tests.emulated import platform as platform
from tests.emulated import settings as settings
