"""The demo cinema: a small web shop with a real ledger, shaped like the sites usher visits."""
