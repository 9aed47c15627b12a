"""The ledger's tables."""

from sqlalchemy import Column, DateTime, Float, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

sleep_spans = Table(
    "sleep_spans",
    metadata,
    Column("cluster", String(253), primary_key=True),
    Column("namespace", String(253), primary_key=True),
    Column("api_group", String(253), primary_key=True),
    Column("kind", String(253), primary_key=True),
    Column("name", String(253), primary_key=True),
    Column("since", DateTime, primary_key=True, comment="UTC"),
    Column("uid", String(253), nullable=False),
    Column("until", DateTime, comment="UTC; null while it sleeps"),
    Column("how", String(32), comment="woken, deleted, changed; null while it sleeps"),
    Column("because", Text, nullable=False),
    Column("ended_because", Text),
    Column("record", Text, nullable=False, comment="the asleep annotation, as JSON"),
    Column("cpu_cores", Float, nullable=False, comment="requested by one replica"),
    Column("memory_bytes", Integer, nullable=False, comment="requested by one replica"),
    Column("accelerators", Text, nullable=False, comment="requested by one replica, as JSON"),
    Index("open_spans", "cluster", "until"),
)
