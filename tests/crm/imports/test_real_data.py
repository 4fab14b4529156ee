"""Real files, imported whole: how many customers and interactions they make, and that a second time makes none."""

import gzip

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Q, Sum

from crm.models import Contact, Import, Interaction

pytestmark = pytest.mark.shared
SUPERSTORE = ("Order Date=at", "Customer ID=external_id", "Sales=amount", "kind:=order")
RETAIL = ("InvoiceDate=at", "CustomerID=external_id", "Quantity*UnitPrice=amount", "kind:=purchase")


def last():
    return Import.objects.latest("pk")


def test_telco(db, shared_data):
    file = str(shared_data / "02_customers/telco_train.csv")
    call_command("import_contacts", file, map=["customerID=external_id"], verbosity=0)
    assert (Contact.objects.count(), last().created) == (3481, 3481)
    assert Contact.objects.exclude(attributes__has_key="TotalCharges").count() == 3
    assert Contact.objects.filter(attributes__TotalCharges__lt=100).count() == 414
    assert (
        Contact.objects.filter(attributes__Contract="Month-to-month", attributes__tenure__lte=12).count()
        == 994
    )
    call_command("import_contacts", file, map=["customerID=external_id"], verbosity=0)
    assert (last().created, last().updated, last().unchanged) == (0, 0, 3481)


def test_superstore(bring_in, shared_data):
    path = shared_data / "02_customers/superstore_train_utf8sig.csv"
    source = bring_in(path, "interactions", *SUPERSTORE)
    assert (source.created, source.contacts_created, source.rejected) == (4843, 392, 0)
    assert source.plan["date_order"] == "mdy"
    in_2019 = Interaction.objects.filter(at__year=2019).values("contact")
    assert in_2019.annotate(total=Sum("amount")).filter(total__gte=1000).count() == 118
    orders = in_2019.annotate(orders=Count("properties__Order ID", distinct=True))
    assert orders.filter(orders__gte=3).count() == 136
    assert bring_in(path, "interactions", *SUPERSTORE).created == 0


def test_cdnow(bring_in, shared_data):
    source = bring_in(shared_data / "01_cdnow/cdnow_sample_transactions.csv", "interactions")
    assert (source.created, source.contacts_created) == (6919, 2357)


def test_online_retail(bring_in, shared_data, tmp_path):
    """The first 30,000 lines, unpacked and packed: the same rows."""
    with gzip.open(shared_data / "02_customers/online_retail_train.csv.gz", "rb") as file:
        head = b"".join(line for line, _ in zip(file, range(30_001), strict=False))
    plain, packed = tmp_path / "head.csv", tmp_path / "head.csv.gz"
    plain.write_bytes(head)
    packed.write_bytes(gzip.compress(head))
    source = bring_in(plain, "interactions", *RETAIL)
    assert source.created + source.rejected == 30_000
    assert Interaction.objects.filter(Q(amount__isnull=True)).count() == 0
    again = bring_in(packed, "interactions", *RETAIL)
    assert (again.created, again.unchanged) == (0, source.created)


def test_the_command_says_what_is_wrong(db, tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(CommandError, match="Excel workbook"):
        call_command("import_contacts", str(path))
    with pytest.raises(CommandError, match="There is no file"):
        call_command("import_contacts", str(tmp_path / "none.csv"))
