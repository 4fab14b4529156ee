"""Keeps the members in the order of their key on SQLite, without a second numbering of rows; elsewhere nothing."""

from django.db import migrations

TABLE = "segments_membership"


def by_key(apps, schema_editor):
    """Put a table without row numbers in the place of the plain one, with the same columns, rows and indexes."""
    connection = schema_editor.connection
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [TABLE])
        rows = cursor.fetchall()
        (table,) = [sql for kind, sql in rows if kind == "table"]
        cursor.execute(f'ALTER TABLE "{TABLE}" RENAME TO "{TABLE}_plain"')
        cursor.execute(f"{table} WITHOUT ROWID")
        cursor.execute(f'INSERT INTO "{TABLE}" SELECT * FROM "{TABLE}_plain" ORDER BY segment_id, contact_id')
        cursor.execute(f'DROP TABLE "{TABLE}_plain"')
        for kind, sql in rows:
            if kind == "index":
                cursor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial")]
    operations = [migrations.RunPython(by_key, migrations.RunPython.noop)]
