"""Paging by key: every row once, forward and back, whatever the order, the ties and the gaps."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillcert.kit.pages import keyset
from skillcert.kit.tests.conftest import MINE

years = st.lists(st.one_of(st.none(), st.integers(2020, 2023)), max_size=25)


@pytest.mark.parametrize("order", ["year", "-year", "name", "-created_at", "id", "-id"])
@given(values=years, size=st.integers(1, 7))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
def test_forward_and_back_sees_each_row_once(toys: SimpleNamespace, order: str, values: list, size: int) -> None:
    toys.Toy.objects.all().delete()
    toys.Toy.objects.bulk_create(toys.Toy(owner_id=MINE, name=f"{(year or 0) % 3}", year=year) for year in values)
    rows, by = toys.Toy.objects.all(), keyset.Order.parse(order)
    everything = [row.pk for row in rows.order_by(*by.by)]
    field = toys.Toy._meta.get_field(by.field)

    pages = [list(rows.order_by(*by.by)[:size])]
    while pages[-1] and len(pages) < 40:
        pages.append(keyset.after(rows, by, *keyset.place(keyset.key_of(pages[-1][-1], by), field), size))
    assert [row.pk for page in pages for row in page] == everything

    back = [row for page in pages for row in page][-1:]
    while back and len(back) < len(everything):
        earlier = keyset.before(rows, by, *keyset.place(keyset.key_of(back[0], by), field), size)
        assert earlier
        back = earlier + back
    assert [row.pk for row in back] == everything


def test_next_and_previous_lead_through_the_list(toys: SimpleNamespace) -> None:
    import re

    for n in range(25):
        toys.Toy.objects.create(owner_id=MINE, name=f"玩具{n:03}", year=2020 if n < 20 else None)
    page, seen = "/toys/?size=10", []
    while page:
        html = toys.client.get(page).content.decode()
        seen += re.findall(r"玩具\d{3}(?=</td>)", html)
        link = re.search(r'href="(\?[^"]+)" rel="next"', html)
        page = "/toys/" + link[1].replace("&amp;", "&") if link else ""
    assert len(seen) == len(set(seen)) == 25
    back = re.search(r'href="(\?[^"]+)" rel="prev"', html)[1].replace("&amp;", "&")
    assert re.findall(r"玩具\d{3}(?=</td>)", toys.client.get("/toys/" + back).content.decode()) == seen[10:20]


@pytest.mark.parametrize("key", ["x", "bm9uZQ", "W251bGwsIm8iXQ", "%00", "W10"])
def test_a_made_up_key_is_the_first_page(toys: SimpleNamespace, key: str) -> None:
    toys.Toy.objects.create(owner_id=MINE, name="一")
    answer = toys.client.get(f"/toys/?after={key}&page=7777777777")
    assert answer.status_code == 200
