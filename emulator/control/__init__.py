"""Control calls for tests and demos; no part of the platform."""
