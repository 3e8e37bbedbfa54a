"""Reading the audit log: for auditors what lies below them, for everybody who looked at his own data."""
