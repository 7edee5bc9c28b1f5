"""Opaque bytes kept outside the database: on this machine, or in an S3 bucket."""
