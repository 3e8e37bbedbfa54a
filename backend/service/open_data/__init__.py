"""What of orders is public: the ledger of each organisation and Open311 on top of it. No words, no door, no person."""
