"""Cuts the interactions by month on PostgreSQL; elsewhere they stay one table."""

from datetime import timedelta

from django.db import migrations

TABLE = "crm_interaction"


def cut(apps, schema_editor):
    """Put a table cut by month in the place of the plain one, with the same columns, checks and indexes."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s AND indexdef NOT LIKE '%% UNIQUE %%'", [TABLE])
        indexes = [definition for (definition,) in cursor.fetchall()]
        cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {TABLE}_plain")
        cursor.execute(
            f"CREATE TABLE {TABLE} (LIKE {TABLE}_plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY)"
            " PARTITION BY RANGE (at)"
        )
        cursor.execute(f"CREATE TABLE {TABLE}_rest PARTITION OF {TABLE} DEFAULT")
        cursor.execute(f"INSERT INTO {TABLE} OVERRIDING SYSTEM VALUE SELECT * FROM {TABLE}_plain")
        cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {TABLE}_plain")
        (following,) = cursor.fetchone()
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [TABLE, following])
        cursor.execute(f"DROP TABLE {TABLE}_plain")
        cursor.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id, at)")
        cursor.execute(
            f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_contact FOREIGN KEY (contact_id) REFERENCES crm_contact (id)"
            " DEFERRABLE INITIALLY DEFERRED"
        )
        for definition in indexes:
            cursor.execute(definition)
        cursor.execute(
            "SELECT generate_series(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month',"
            " date_trunc('month', now() AT TIME ZONE 'UTC') + interval '3 months', interval '1 month')::date"
        )
        months = [first for (first,) in cursor.fetchall()]
        cursor.execute(f"SELECT count(*) FROM {TABLE}_rest")
        (waiting,) = cursor.fetchone()
        for first in months if not waiting else ():
            following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
            cursor.execute(
                f"CREATE TABLE {TABLE}_y{first:%Y}m{first:%m} PARTITION OF {TABLE}"
                f" FOR VALUES FROM ('{first} 00:00:00+00') TO ('{following} 00:00:00+00')"
            )


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]
    operations = [migrations.RunPython(cut, migrations.RunPython.noop)]
