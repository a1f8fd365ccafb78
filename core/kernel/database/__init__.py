"""PostgreSQL through Tortoise: rows of institutions, units of work, migrations, the embedded server."""
