"""The study card (一卡通): the one ledger that every feature writes to."""
