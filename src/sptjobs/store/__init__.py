"""The database: tables, connections, and what is read and written."""
