"""The daily ledger: entries counted, said in tables, printed on a page. Pure but for its files.

What it counts are entries as they stand in the journal and at central (`wire.WireEntry`).
"""
