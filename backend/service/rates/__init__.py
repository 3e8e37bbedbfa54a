"""The rates of the order machine (`domain.md` §4.6): read from the tally, and counted again from the log."""
