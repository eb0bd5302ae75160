from __future__ import annotations

import pytest

from notifications.addresses import parse
from notifications.errors import BadAddress


@pytest.mark.parametrize(
    "text",
    [
        "a@b.example\r\nBcc: evil@x.example", "a@b.example\nevil@x.example", "a\r\n@b.example", "a@b.exa\x0bmple",
        "a@b.example, c@d.example", "a@b.example;c@d.example", "A <a@b.example>", '"a b"@b.example', "a@b@c.example",
        "a@b..example", "a@-b.example", "a@b_c.example", "a@b.example\u2028", "a@b.example\x00", "@b.example", "a@",
        "x" * 65 + "@b.example", "a@" + "b." * 130 + "example", "\u202ea@b.example", "a@[127.0.0.1]",
    ],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(text):
    with pytest.raises(BadAddress):
        parse(text)


@pytest.mark.parametrize(
    "domain", ["аpple.example", "pαypal.example", "school.exаmple", "göogle-ԁocs.example", "日本а.example"]
)
def test_a_domain_that_mixes_scripts_to_look_like_another_is_refused(domain):
    with pytest.raises(BadAddress, match="scripts"):
        parse(f"anna@{domain}")


@pytest.mark.parametrize(
    ("domain", "travels"),
    [
        ("მაგალითი.ge", "xn--lodafveble.ge"),
        ("SKOLA.lv", "skola.lv"),
        ("šķūnis.lv", "xn--nis-6ua3s8b.lv"),
        ("学校スクール.jp", "xn--pckta5mpc9821ay7p.jp"),
        ("日本gakkou.jp", "xn--gakkou-ol2mm8f.jp"),
    ],
)
def test_a_foreign_domain_travels_and_is_shown_as_what_it_is(domain, travels):
    assert str(parse(f"anna@{domain}")) == f"anna@{travels}"
