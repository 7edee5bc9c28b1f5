"""样张: the certificate's template with the uploaded seals."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from skillcert.issuing.pages.sample import sample_of
from skillcert.kit.files import store


def blue_square() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 255, 255)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.rule("R34")
def test_the_sample_carries_the_uploaded_seal_and_says_that_it_is_one(world):
    client, url = world.client_as(world.examiner), f"/awarding-bodies/{world.body.pk}/sample/"
    page = client.get(url).content.decode()
    assert "还没有上传公章、签名章" in page and f"{url}picture/" in page
    world.body.seal = store(
        blue_square(), shelf="seal", name="公章.png", content_type="image/png", actor=world.examiner, organization_id=world.body.pk
    )
    world.body.save()
    assert "还没有上传签名章" in client.get(url).content.decode()
    response = client.get(f"{url}picture/")
    picture = Image.open(io.BytesIO(response.content)).convert("RGB")
    assert response["Content-Type"] == "image/png" and picture.size == (1123, 794)
    where = (int((215.5 + 21.5) / 297 * 1123), int((142.5 + 40) / 210 * 794))  # low in the seal's square, clear of the mark
    red, green, blue = picture.getpixel(where)
    assert blue > 200 and red < 80 and green < 80


def test_the_sample_names_nobody_and_has_no_number(world):
    data = sample_of(world.body, world.now)
    assert data["sample"] == "样张" and set(data["number"]) == {"0"} and data["awarding_body"] == world.body.name


def test_a_partner_does_not_see_the_seals(world):
    url = f"/awarding-bodies/{world.body.pk}/sample/picture/"
    assert world.client_as(world.officer).get(url).status_code == 404
    assert world.client_as(world.user(world.other_body)).get(url).status_code == 404
