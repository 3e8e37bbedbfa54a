"""Foundation that knows no feature: settings, database, clock, errors, HTTP, crypto, audit, files."""
