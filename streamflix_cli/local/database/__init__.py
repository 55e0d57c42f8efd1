"""A real PostgreSQL, with TLS, for each deployed Aurora PostgreSQL cluster.

`python -m streamflix_cli.local.database` watches what RDS says is deployed. Where the servers listen stands
in `databases.json` (see `registry`); nothing else of this package is for other parts.
"""
