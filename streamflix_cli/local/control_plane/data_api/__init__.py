"""The RDS Data API over a real PostgreSQL, as AWS documents it for Aurora Serverless v2."""
