"""The ledger: a record of facts beside the objects, which hold the state."""
